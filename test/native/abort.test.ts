import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { writeModelThatAborts } from "./bad-model.js";

test("an abort inside ggml leaves one log line with its message and the step it happened in", () => {
  const file = path.join(os.tmpdir(), `weir-abort-${process.pid}.gguf`);
  writeModelThatAborts(file);
  const child = fileURLToPath(new URL("./abort-child.js", import.meta.url));
  const { signal, stderr } = spawnSync(process.execPath, [child, file], { encoding: "utf8" });
  fs.rmSync(file);
  const line = stderr.split("\n").find((text) => text.startsWith('{"level":"fatal"')) ?? "{}";
  const { msg, step } = JSON.parse(line);
  assert.equal(signal, "SIGABRT");
  assert.match(msg, /ggml aborted: .*unsupported types/);
  assert.deepEqual(step, { number: 1, phase: "prompt", decodeRows: 0, promptRows: 2 });
});
