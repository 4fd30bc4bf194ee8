import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { loadConfig } from "#weir/config/load.js";
import { toLoadOptions } from "#weir/config/load-options.js";

function loadOptionsOf(flags: Readonly<Record<string, unknown>>) {
  return toLoadOptions(loadConfig({ flags, environment: {} }));
}

test("without a model the echo model of the package is loaded, from any folder", () => {
  assert.match(loadOptionsOf({}).modelPath, /^\/.+\/models\/echo-q4_0\.gguf$/);
});

test("a relative model path is relative to the working directory", () => {
  assert.equal(loadOptionsOf({ model: "some.gguf" }).modelPath, path.resolve("some.gguf"));
});

test("every flag of the context and the placement reaches the loader", () => {
  const { modelPath: _, ...options } = loadOptionsOf({
    alias: "mine",
    gpu: "vulkan",
    nGpuLayers: "12",
    splitMode: "row",
    tensorSplit: "1,1",
    mainGpu: "1",
    device: "Vulkan0,Vulkan1",
    parallel: "4",
    ctxSize: "1024",
    batchSize: "256",
    ubatchSize: "128",
    threads: "2",
    poll: "50",
    maxItl: "80",
    cacheRam: "64",
    flashAttn: "on",
    cacheTypeK: "q8_0",
    cacheTypeV: "q4_0",
  });
  assert.deepEqual(options, {
    alias: "mine",
    gpu: "vulkan",
    gpuLayers: 12,
    placement: "split",
    splitMode: "row",
    tensorSplit: [1, 1],
    mainGpu: 1,
    devices: ["Vulkan0", "Vulkan1"],
    slots: 4,
    contextTokens: 1024,
    batchTokens: 256,
    microBatchTokens: 128,
    threads: 2,
    poll: 50,
    maxItlMs: 80,
    cacheRamBytes: 64 * 2 ** 20,
    flashAttention: "on",
    cacheTypeK: "q8_0",
    cacheTypeV: "q4_0",
  });
});

test("the micro batch follows a small batch where it is not given", () => {
  assert.equal(loadOptionsOf({ batchSize: "64" }).microBatchTokens, 64);
  assert.equal(loadOptionsOf({ batchSize: "2048" }).microBatchTokens, 512);
});

test("what is left open is told apart from every number", () => {
  const { slots, contextTokens, tensorSplit } = loadOptionsOf({
    parallel: "auto",
    ctxSize: "auto",
    tensorSplit: "auto",
  });
  assert.deepEqual({ slots, contextTokens, tensorSplit }, { slots: -1, contextTokens: -1, tensorSplit: [] });
});

test("a single placement is llama-server's split mode none, on the main GPU", () => {
  const { placement, splitMode, mainGpu } = loadOptionsOf({ placement: "single", mainGpu: "1" });
  assert.deepEqual({ placement, splitMode, mainGpu }, { placement: "single", splitMode: "none", mainGpu: 1 });
});

for (const [flags, expected] of [
  [{ placement: "replicate", tensorSplit: "1,1" }, /^--tensor-split: expected auto: .* whole on its device/],
  [{ placement: "single", tensorSplit: "3,1" }, /^--tensor-split: expected auto/],
  [{ placement: "replicate", splitMode: "row" }, /^--split-mode: expected none or layer/],
  [{ placement: "replicate", mainGpu: "1" }, /^--main-gpu: expected 0/],
  [{ parallel: "0" }, /^--parallel: expected a whole number from 1 to 256 or auto/],
  [{ placement: "both" }, /^--placement: expected one of split, replicate, single/],
] as const) {
  test(`${JSON.stringify(flags)} is refused`, () => {
    assert.throws(() => loadOptionsOf(flags), { message: expected });
  });
}
