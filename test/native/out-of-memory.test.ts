import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { projectDirectory } from "../support/models.js";

test("a context whose memory the system does not give is refused, and the process goes on", () => {
  const file = path.join(projectDirectory, "build/js/test/native/limited-process.js");
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    status: 0,
    ends: ["context_failed", "made"],
    alive: { models: 0, contexts: 0 },
  });
});
