import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it, test } from "node:test";
import { float16Bits, float16Value } from "#weir/builder/float16.js";
import { smallShape, writeRandomModel } from "#weir/builder/index.js";
import { BatchPlan, rowMark } from "#weir/engine/batch-plan.js";
import { readGguf } from "#weir/gguf/read-gguf.js";
import type { ModelHandle, NativeContextOptions } from "#weir/llama/addon.js";
import { qwenVocabulary } from "../../bench/large-rig.js";
import { type Addon, contextOptions, cpuAddon, loadTiny, noDecoded, placement } from "./addon.js";

const slots = 40;
const options = { slots, contextTokens: 512, batchTokens: 512, microBatchTokens: 512, logitsInPlace: true };
const processor = fs.readFileSync("/proc/cpuinfo", "utf8");
/** ggml then has most weights in a layout of its own, and computes those itself. */
const hasAmx = /\bamx_int8\b/.test(processor);
const hasKernel = /\bavx512_vnni\b/.test(processor) && !hasAmx;
const skip = !hasKernel && "the processor has no AVX-512 VNNI, or AMX";
/** 7 of each of two layers, and the output's. */
const productsOfGraph = 15;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-q8-"));

let addon: Addon;
/** 40 keys and values a token: its matrices of 40 columns are two tiles and a half. */
let model: ModelHandle;

before(async () => {
  ({ addon } = await cpuAddon());
  const file = path.join(folder, "q8.gguf");
  const shape = { layers: 2, embedding: 96, heads: 8, kvHeads: 1, headDim: 40, feedForward: 160 };
  await writeRandomModel(file, await qwenVocabulary(), { ...smallShape, ...shape });
  await varyScales(file);
  model = await addon.loadModel(file, placement, () => {}).promise;
});

after(() => {
  model.close();
  fs.rmSync(folder, { recursive: true });
});

/** The builder gives all blocks of a matrix one scale, and a mix-up of scales would not be seen. */
async function varyScales(file: string): Promise<void> {
  const bytes = fs.readFileSync(file);
  for (const { type, offset, bytes: length } of (await readGguf(file)).tensors) {
    if (type.name !== "Q8_0") continue;
    const { blockBytes } = type;
    const scale = float16Value(bytes.readUInt16LE(offset));
    const scales = Array.from({ length: 61 }, (_, i) => float16Bits(scale * (0.4 + i / 50)));
    for (let block = 0; block * blockBytes < length; block++)
      bytes.writeUInt16LE(scales[(block * 17) % scales.length] ?? 0, offset + block * blockBytes);
  }
  fs.writeFileSync(file, bytes);
}

/** Fills a plan; its rows that have logits. */
type Step = (plan: BatchPlan) => readonly number[];

/** The logits after each of the steps, in a context of their own. */
function run(
  steps: readonly Step[],
  changes: Partial<NativeContextOptions> = {},
  of = model,
): Float32Array[] {
  const all = contextOptions({ ...options, ...changes });
  const context = new addon.Context(of, all);
  try {
    let graphs = 0;
    const logits = steps.flatMap((build) => {
      const plan = new BatchPlan();
      const outputs = build(plan);
      const [decodeStatus, promptStatus, decodeGraphs = 0, , , promptGraphs = 0] = context.step(
        plan.cells(),
        noDecoded,
      );
      assert.deepEqual([decodeStatus, promptStatus], [0, 0]);
      graphs += decodeGraphs + promptGraphs;
      return outputs.map((row) => context.logits(row).slice());
    });
    const isOurs = hasKernel && all.q8Products && of === model;
    if (!hasAmx) assert.equal(context.info().q8Products, isOurs ? graphs * productsOfGraph : 0);
    assert.equal(context.info().graphsInPlace, graphs);
    return logits;
  } finally {
    context.close();
  }
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

/** How far each row is from the other one, as a share of what it holds. */
function distances(some: readonly Float32Array[], others: readonly Float32Array[]): number[] {
  const square = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);
  return some.map((row, i) => {
    const other = others[i] ?? assert.fail("as many rows");
    return Math.sqrt(square(row.map((value, token) => value - (other[token] ?? Number.NaN))) / square(row));
  });
}

const firstSlots = (count: number): number[] => Array.from({ length: count }, (_, slot) => slot);

describe("products by Weir's own kernel are ggml's but for the order of sums", () => {
  for (const [what, steps] of [
    ["one row", [decode(0, [0]), decode(1, [0])]],
    ["a tile of rows and one more", [decode(0, firstSlots(9)), decode(1, firstSlots(9))]],
    ["a graph that is used again", [0, 1, 2, 3].map((at) => decode(at, firstSlots(20)))],
    ["several graphs a pass", [0, 1].map((at) => decode(at, [0, 2, 3, 7, 8, 9]))],
    ["a prompt, and more of it", [prompt(0, 70), decode(70, [0])]],
    ["as many rows as are quantized at a time", [prompt(0, 128), decode(128, [0])]],
    ["one more than that", [prompt(0, 129), decode(129, [0])]],
    ["three times as many, among others", [prompt(1, 20), prompt(0, 390), decode(390, [0])]],
  ] satisfies [string, Step[]][]) {
    it(what, (t) => {
      const ggml = run(steps, { q8Products: false });
      const ours = Math.max(...distances(ggml, run(steps)));
      const theirs = Math.max(...distances(ggml, run(steps, { q8Products: false, flashAttention: "off" })));
      t.diagnostic(`apart by ${ours}, two ways of ggml by ${theirs}`);
      // A value that is quantized to its other neighbour on its way is as far away as where ggml attends otherwise.
      assert.ok(ours <= 2 * theirs, `${ours} where ggml differs from itself by ${theirs}`);
    });
  }

  it("and most rows differ by nothing else", () => {
    const steps = [decode(0, firstSlots(slots))];
    const apart = distances(run(steps, { q8Products: false }), run(steps)).sort((a, b) => a - b);
    assert.ok((apart[slots / 2] ?? 1) < 1e-6, apart.join());
  });
});

describe("a row's logits are the same bits", { skip }, () => {
  // From 257 cached tokens on, ggml's attention sums a lone row's in another order than one in company.
  const some = [prompt(0, 200), ...[200, 201, 202].map((at) => decode(at, [0]))];
  for (const others of [1, 7, 8, 15, slots - 1])
    it(`beside ${others} others as alone`, () => {
      const prompts = firstSlots(others + 1).map((slot) => prompt(slot, 200));
      const decodes = [200, 201, 202].map((at) => decode(at, firstSlots(others + 1)));
      const among = run([...prompts, ...decodes]);
      const ofFirst = among.filter(
        (_, i) => i === 0 || (i > others && (i - others - 1) % (others + 1) === 0),
      );
      assert.deepEqual(ofFirst, run(some));
    });

  // 40 columns are three tiles.
  for (const threads of [2, 3, 8])
    it(`in ${threads} threads as in one`, () => assert.deepEqual(run(some, { threads }), run(some)));
});

test("weights of other types are left to ggml", async () => {
  const tiny = await loadTiny(addon);
  try {
    run([decode(0, [0, 1])], {}, tiny);
  } finally {
    tiny.close();
  }
});
