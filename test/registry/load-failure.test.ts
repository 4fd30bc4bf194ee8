import assert from "node:assert/strict";
import { test } from "node:test";
import { WeirError } from "#weir/errors.js";
import { kindOfFailure } from "#weir/registry/load-failure.js";
import { isLackOfMemory } from "#weir/registry/weights.js";

test("what a loading has failed of follows from the code alone, and what nobody knows may pass", () => {
  const codes = [
    "context_failed",
    "model_load_failed",
    "model_unsupported",
    "invalid_argument",
    "engine_failed",
  ] as const;
  assert.deepEqual(
    codes.map((code) => kindOfFailure(new WeirError(code, "it failed"))),
    ["memory", "lasting", "lasting", "lasting", "fault"],
  );
  assert.equal(kindOfFailure(new Error("a worker can't start")), "fault");
});

test("weights that can't be allocated lack memory, and a damaged file does not", () => {
  const of = (message: string): boolean => isLackOfMemory(new WeirError("model_load_failed", message));
  // As llama-model.cpp says it.
  const load = "llama.cpp could not load a.gguf: llama_model_load: error loading model: ";
  assert.deepEqual(
    [`${load}unable to allocate CUDA0 buffer`, `${load}missing tensor 'token_embd.weight'`].map(of),
    [true, false],
  );
});
