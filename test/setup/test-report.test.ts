import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { projectDirectory } from "../support/models.js";

interface TestReports {
  joinReports(reports: readonly string[]): string;
  summaryOf(report: string): string;
}

const source = pathToFileURL(path.join(projectDirectory, "setup", "test-report.mjs"));
// A script of the project, which has no types.
const { joinReports, summaryOf } = (await import(source.href)) as TestReports;

const first = `TAP version 13
# Subtest: a suite
    # Subtest: within it
    not ok 1 - within it
    1..1
not ok 1 - a suite
# Subtest: alone
ok 2 - alone
1..2
# tests 2
# suites 1
# pass 1
# fail 1
# duration_ms 10.5
`;
const second = `TAP version 13
# Subtest: another
ok 1 - another
1..1
# tests 1
# suites 0
# pass 1
# fail 0
# duration_ms 2
`;
const joined = `TAP version 13
# Subtest: a suite
    # Subtest: within it
    not ok 1 - within it
    1..1
not ok 1 - a suite
# Subtest: alone
ok 2 - alone
# Subtest: another
ok 3 - another
1..3
# tests 3
# suites 1
# pass 2
# fail 1
# duration_ms 12.5
`;

test("reports of several runs become one, numbered through and summed, and no failure is lost", () => {
  assert.equal(joinReports([first, second]), joined);
  assert.equal(summaryOf(joined), "not ok 1 - a suite\n# tests 3\n# pass 2\n# fail 1");
});

test("a run that has left no report takes nothing from the others", () => {
  assert.equal(joinReports(["", second, ""]), second);
});
