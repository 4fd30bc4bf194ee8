import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it, test } from "node:test";
import { smallShape, writeRandomModel } from "#weir/builder/index.js";
import { BatchPlan, rowMark } from "#weir/engine/batch-plan.js";
import type { ModelHandle, NativeContextOptions } from "#weir/llama/addon.js";
import { qwenVocabulary } from "../../bench/large-rig.js";
import {
  type Addon,
  type ContextHandle,
  contextOptions,
  cpuAddon,
  loadTiny,
  noDecoded,
  placement,
} from "./addon.js";

const slots = 40;
const options = { slots, contextTokens: 512, batchTokens: 512, microBatchTokens: 512, logitsInPlace: true };
const hasKernel = /\bavx512_vnni\b/.test(fs.readFileSync("/proc/cpuinfo", "utf8"));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-q8-"));

let addon: Addon;
/** 40 keys and values a token: its matrices of 40 columns are two tiles and a half. */
let model: ModelHandle;

before(async () => {
  ({ addon } = await cpuAddon());
  const file = path.join(folder, "q8.gguf");
  const shape = { layers: 2, embedding: 96, heads: 8, kvHeads: 1, headDim: 40, feedForward: 160 };
  await writeRandomModel(file, await qwenVocabulary(), { ...smallShape, ...shape });
  model = await addon.loadModel(file, placement, () => {}).promise;
});

after(() => {
  model.close();
  fs.rmSync(folder, { recursive: true });
});

/** Fills a plan; its rows that have logits. */
type Step = (plan: BatchPlan) => readonly number[];

function open(changes: Partial<NativeContextOptions>): ContextHandle {
  return new addon.Context(model, contextOptions({ ...options, ...changes }));
}

/** The logits after each of the steps. */
function logitsOf(context: ContextHandle, steps: readonly Step[]): Float32Array[] {
  return steps.flatMap((build) => {
    const plan = new BatchPlan();
    const outputs = build(plan);
    const result = context.step(plan.cells(), noDecoded);
    assert.deepEqual([result[0], result[1]], [0, 0]);
    return outputs.map((row) => context.logits(row).slice());
  });
}

/** A prompt of the slot's own; its last token has logits. */
function prompt(slot: number, length: number): Step {
  return (plan) => {
    for (let position = 0; position < length; position++) {
      const mark = position === length - 1 ? rowMark.unsampled : rowMark.noSampler;
      plan.promptRow(100 + 977 * slot + 13 * position, position, slot, mark);
    }
    return [length - 1];
  };
}

/** One more token in each of these slots; all of them have logits. */
function decode(position: number, inSlots: readonly number[]): Step {
  return (plan) => {
    for (const slot of inSlots) plan.decodeRow(50 + slot, position, slot, rowMark.unsampled);
    return inSlots.map((_, row) => row);
  };
}

/** How far the rows are apart, at most, as a share of what the first ones hold. */
function distance(some: readonly Float32Array[], others: readonly Float32Array[]): number {
  const square = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);
  const apart = (a: Float32Array, b: Float32Array): number =>
    Math.sqrt(square(a.map((value, i) => value - (b[i] ?? Number.NaN))) / square(a));
  return Math.max(...some.map((row, i) => apart(row, others[i] ?? assert.fail())));
}

const from = (count: number): number[] => Array.from({ length: count }, (_, slot) => slot);

describe("products by Weir's own kernel are ggml's but for the order of sums", () => {
  for (const [what, steps] of [
    ["one row", [decode(0, [0]), decode(1, [0])]],
    ["a tile of rows and one more", [decode(0, from(9)), decode(1, from(9))]],
    ["a graph that is used again", [0, 1, 2, 3].map((at) => decode(at, from(20)))],
    ["several graphs a pass", [0, 1].map((at) => decode(at, [0, 2, 3, 7, 8, 9]))],
    ["a prompt, and more of it", [prompt(0, 70), decode(70, [0])]],
    ["as many rows as are quantized at a time", [prompt(0, 128), decode(128, [0])]],
    ["one more than that", [prompt(0, 129), decode(129, [0])]],
    ["three times as many, among others", [prompt(1, 20), prompt(0, 390), decode(390, [0])]],
  ] satisfies [string, Step[]][]) {
    it(what, (t) => {
      const run = (changes: Partial<NativeContextOptions>): Float32Array[] => {
        const context = open(changes);
        const logits = logitsOf(context, steps);
        assert.equal(context.info().q8Products > 0, hasKernel && changes.q8Products === true);
        context.close();
        return logits;
      };
      const ggml = run({ q8Products: false });
      const ours = distance(ggml, run({ q8Products: true }));
      const theirs = distance(ggml, run({ q8Products: false, flashAttention: "off" }));
      t.diagnostic(`apart by ${ours}, two ways of ggml by ${theirs}`);
      // Mostly 1e-7; a value that is rounded to the other side on its way is as far away as where ggml attends otherwise.
      assert.ok(ours <= 2 * theirs, `${ours} where ggml differs from itself by ${theirs}`);
    });
  }
});

describe("a row's logits are the same bits whatever else is computed", () => {
  for (const others of [1, 7, 8, 15, slots - 1]) {
    it(`beside ${others} others`, { skip: !hasKernel && "the processor has no AVX-512 VNNI" }, () => {
      const run = (inSlots: readonly number[]): Float32Array[] => {
        const context = open({});
        const steps = [0, 1, 2].map((at) => decode(at, inSlots));
        const logits = steps.map((build) => logitsOf(context, [build])[0] ?? assert.fail());
        context.close();
        return logits;
      };
      assert.deepEqual(run(from(others + 1)), run([0]));
    });
  }
});

test("weights of other types are left to ggml", async () => {
  const tiny = await loadTiny(addon);
  const context = new addon.Context(tiny, contextOptions({ ...options, slots: 2 }));
  logitsOf(context, [decode(0, [0, 1])]);
  assert.equal(context.info().q8Products, 0);
  context.close();
  tiny.close();
});
