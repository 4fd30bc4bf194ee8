import assert from "node:assert/strict";
import { test } from "node:test";
import { expandShortFlags } from "#weir/cli/flags.js";

test("llama-server's short flags stand for the long ones", () => {
  const commandLine = ["serve", "-m", "a.gguf", "-np", "4", "-c", "4096", "-ngl", "-1", "-ts", "3,1"];
  assert.deepEqual(expandShortFlags(commandLine), [
    ...["serve", "--model", "a.gguf", "--parallel", "4", "--ctx-size", "4096"],
    ...["--n-gpu-layers", "-1", "--tensor-split", "3,1"],
  ]);
});

test("what is no short flag stays as it is", () => {
  const commandLine = ["serve", "--host", "0.0.0.0", "-h", "-xyz"];
  assert.deepEqual(expandShortFlags(commandLine), commandLine);
});
