import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { readGguf } from "#weir/gguf/read-gguf.js";
import type { LoadOptions } from "#weir/llama/options.js";
import { openVariant, type Variant } from "#weir/llama/variant.js";
import { readShape } from "#weir/placement/read-shape.js";
import { findPlace } from "#weir/registry/placing.js";
import { loadOptions } from "../support/load-options.js";
import { modelPaths } from "../support/models.js";
import {
  assertClose,
  type Comparison,
  computeAndMeasure,
  planAndAllocate,
} from "../support/plan-comparison.js";
import { qwen3_0_6b, qwen3_4b } from "../support/qwen3-tensors.js";
import { writeSparseModel } from "../support/sparse-model.js";
import { skipWithoutDriver, twoDevices } from "./two-devices.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-plans-"));
after(() => fs.rmSync(folder, { recursive: true }));

async function twoDeviceVariant(): Promise<Variant> {
  await twoDevices({ halfPrecision: true });
  return openVariant("vulkan", () => {});
}

function onDevices(changes: Partial<LoadOptions>): LoadOptions {
  return loadOptions({
    modelPath: modelPaths.small,
    slots: 8,
    contextTokens: 1024,
    gpu: "vulkan",
    ...changes,
  });
}

test("on two devices llama.cpp allocates what was planned, where it was planned", async (t) => {
  if (skipWithoutDriver(t)) return;
  const variant = await twoDeviceVariant();
  const loads: readonly (readonly [what: string, options: Partial<LoadOptions>])[] = [
    ["small split, 32 × 2048", { slots: 32, contextTokens: 2048 }],
    [
      "small split 2:3, 64 × 2048, KV q8_0",
      { slots: 64, contextTokens: 2048, tensorSplit: [2, 3], cacheTypeK: "q8_0", cacheTypeV: "q8_0" },
    ],
    ["small, 4 layers on GPUs", { gpuLayers: 4 }],
    ["small on the second", { placement: "single", mainGpu: 1 }],
    ["small replicated, 128 rows", { placement: "replicate", microBatchTokens: 128 }],
    ["echo Q4_0 split, 32 × 4096", { modelPath: modelPaths.echo, slots: 32, contextTokens: 4096 }],
  ];
  const found: Comparison[] = [];
  for (const [what, changes] of loads) {
    found.push(...(await planAndAllocate(variant, what, onDevices(changes))));
  }
  assertClose(found, (text) => t.diagnostic(text));
  const layersOf = (what: string): unknown =>
    found.filter((one) => one.what === what).map(({ device, layers }) => [device, layers]);
  assert.deepEqual(layersOf("small on the second"), [
    ["Vulkan1", "0-7, output"],
    ["CPU", ""],
  ]);
  assert.deepEqual(variant.addon.alive(), { models: 0, contexts: 0 });
});

test("on two devices the plan out of the shape alone is llama.cpp's own", async (t) => {
  if (skipWithoutDriver(t)) return;
  const variant = await twoDeviceVariant();
  const found: Comparison[] = [];
  const runs = [
    ["Qwen3-0.6B Q8_0", qwen3_0_6b, "Q8_0", undefined, {}],
    ["Qwen3-4B Q4_K_M", qwen3_4b, "Q4_K_M", undefined, { slots: 4 }],
    ["0.6B, 32,000 tokens, BF16, no fa", qwen3_0_6b, "BF16", 32_000, { flashAttention: "off" }],
    [
      "0.6B, 32,000 tokens, 1 × 4096, 3:1",
      qwen3_0_6b,
      "Q8_0",
      32_000,
      { slots: 1, contextTokens: 4096, tensorSplit: [3, 1] },
    ],
    ["0.6B, 32,000 tokens, 10 layers", qwen3_0_6b, "Q4_K_M", 32_000, { gpuLayers: 10 }],
    ["0.6B, 32,000 tokens, replicated", qwen3_0_6b, "Q8_0", 32_000, { placement: "replicate" }],
  ] as const;
  for (const [what, shape, quantization, vocabulary, changes] of runs) {
    const modelPath = path.join(folder, "sparse.gguf");
    await writeSparseModel(modelPath, shape, quantization, vocabulary);
    const read = readShape([await readGguf(modelPath)]);
    assert.ok(read !== null);
    found.push(...(await computeAndMeasure(variant, what, read, onDevices({ ...changes, modelPath }))));
  }
  assertClose(found, (text) => t.diagnostic(text));
});

test("a main GPU that is not there is refused", async (t) => {
  if (skipWithoutDriver(t)) return;
  const variant = await twoDeviceVariant();
  const asked = onDevices({ placement: "single", mainGpu: 2 });
  await assert.rejects(findPlace(variant, asked, 2 ** 40), /main-gpu is 2, and the devices are 2/);
});

test("a KV cache that llama.cpp would end the process on is refused, with what fits", async (t) => {
  if (skipWithoutDriver(t)) return;
  const variant = await twoDeviceVariant();
  const { refusal } = await findPlace(variant, onDevices({ slots: 64, contextTokens: 8192 }), 2 ** 40);
  assert.match(refusal ?? "", /Vulkan0 takes no tensor beyond 0\.13 GiB.* this fits: --parallel 32/);
});

test("as many slots as fit on both devices are taken, and one more would not fit", async (t) => {
  if (skipWithoutDriver(t)) return;
  const variant = await twoDeviceVariant();
  const most = await findPlace(variant, onDevices({ slots: -1, contextTokens: 8192 }), 2 ** 40);
  const slots = most.models[0]?.options.slots ?? 0;
  const more = await findPlace(variant, onDevices({ slots: slots + 1, contextTokens: 8192 }), 2 ** 40);
  assert.equal(most.refusal, null);
  assert.ok(slots > 1);
  assert.match(more.refusal ?? "", new RegExp(`this fits: --parallel ${slots}`));
});
