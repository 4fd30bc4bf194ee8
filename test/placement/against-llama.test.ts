import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import type { LoadOptions } from "#weir/llama/options.js";
import { openVariant } from "#weir/llama/variant.js";
import { loadOptions } from "../support/load-options.js";
import { modelPaths } from "../support/models.js";
import {
  assertClose,
  type Comparison,
  computeAndMeasure,
  planAndAllocate,
} from "../support/plan-comparison.js";
import { qwen3_0_6b, qwen3_32b, qwen3ShapeOf } from "../support/qwen3-tensors.js";
import { writeSparseModel } from "../support/sparse-model.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-plans-"));
after(() => fs.rmSync(folder, { recursive: true }));

const loads: readonly (readonly [what: string, options: Partial<LoadOptions>])[] = [
  ["echo Q4_0, 8 × 2048", { modelPath: modelPaths.echo }],
  ["tiny, 4 × 1024", { modelPath: modelPaths.tiny, slots: 4, contextTokens: 1024 }],
  [
    "small, 60 × 512, 128 rows",
    { modelPath: modelPaths.small, slots: 60, contextTokens: 512, microBatchTokens: 128 },
  ],
  ["small, 8 × 2048, KV q8_0", { modelPath: modelPaths.small, cacheTypeK: "q8_0", cacheTypeV: "q8_0" }],
  [
    "small, 3 × 1000, no flash attention",
    { modelPath: modelPaths.small, slots: 3, contextTokens: 1000, flashAttention: "off" },
  ],
  ["tiny embedding, texts of 2048", { modelPath: modelPaths.tinyEmbedding }],
];

test("on the CPU llama.cpp allocates what was planned", async (t) => {
  const variant = await openVariant("false", () => {});
  const found: Comparison[] = [];
  for (const [what, changes] of loads) {
    found.push(...(await planAndAllocate(variant, what, loadOptions(changes))));
  }
  assertClose(found, (text) => t.diagnostic(text));
  assert.deepEqual(variant.addon.alive(), { models: 0, contexts: 0 });
});

test("on the CPU the plan out of the shape alone is llama.cpp's own", async (t) => {
  const variant = await openVariant("false", () => {});
  const found: Comparison[] = [];
  const models = [
    ["Qwen3-0.6B Q8_0", qwen3_0_6b, "Q8_0", { slots: 8, contextTokens: 1024 }],
    ["Qwen3-32B BF16", qwen3_32b, "BF16", { slots: 16, contextTokens: 32_768 }],
    ["Qwen3-32B Q4_K_M", qwen3_32b, "Q4_K_M", { slots: 60, contextTokens: 8192 }],
  ] as const;
  for (const [what, shape, quantization, changes] of models) {
    const modelPath = path.join(folder, "sparse.gguf");
    await writeSparseModel(modelPath, shape, quantization);
    const options = loadOptions({ ...changes, modelPath });
    const name = `${what}, ${changes.slots} × ${changes.contextTokens}`;
    found.push(...(await computeAndMeasure(variant, name, qwen3ShapeOf(shape, quantization), options)));
  }
  assertClose(found, (text) => t.diagnostic(text));
});
