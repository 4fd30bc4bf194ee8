import assert from "node:assert/strict";
import { test } from "node:test";
import { withLatest } from "../../bench/report/latest.js";

const page = "# Bench\n\n<!-- latest -->\nold\nlines\n<!-- /latest -->\nend\n";

test("only what stands between the marks is replaced", () => {
  assert.equal(withLatest(page, "new $1\n"), "# Bench\n\n<!-- latest -->\nnew $1\n<!-- /latest -->\nend\n");
});

test("a page without marks is an error", () => {
  assert.throws(() => withLatest("# Bench\n", "new\n"), /no <!-- latest -->/);
});
