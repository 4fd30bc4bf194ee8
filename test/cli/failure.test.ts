import assert from "node:assert/strict";
import { test } from "node:test";
import { failureOf } from "#weir/cli/failure.js";
import { WeirError } from "#weir/errors.js";

test("a wrong argument ends with 2 and its message alone", () => {
  const failure = failureOf(new WeirError("invalid_argument", "--port: expected a number"));
  assert.deepEqual(failure, { exitCode: 2, text: "--port: expected a number" });
});

test("an error of the addon is told like Weir's own, in one line", () => {
  const native = Object.assign(new Error("no room for the KV cache\nout of memory"), {
    code: "context_failed",
  });
  assert.deepEqual(failureOf(native), { exitCode: 1, text: "no room for the KV cache; out of memory" });
});

test("a defect shows where it was", () => {
  const { exitCode, text } = failureOf(new TypeError("x is not a function"));
  assert.equal(exitCode, 1);
  assert.match(text, /^TypeError: x is not a function\n +at .*failure\.test/);
});
