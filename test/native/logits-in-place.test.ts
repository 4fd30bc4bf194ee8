import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { BatchPlan, rowMark, scoredBy } from "#weir/engine/batch-plan.js";
import type { ModelHandle } from "#weir/llama/addon.js";
import { greedy } from "../engine/builders.js";
import { type Addon, contextOptions, cpuAddon, loadTiny, noDecoded } from "./addon.js";

const slots = 6;
const sampling = { ...greedy, topLogprobs: 3, scoresPrompt: true };

let addon: Addon;
let model: ModelHandle;

before(async () => {
  ({ addon } = await cpuAddon());
  model = await loadTiny(addon);
});
after(() => model.close());

type Step = (plan: BatchPlan) => readonly number[];

/** Runs the steps one after the other in a context of their own. */
function run(
  steps: readonly Step[],
  logitsInPlace: boolean,
): { tokens: number[][]; logits: Buffer[]; scores: number[] } {
  const context = new addon.Context(
    model,
    contextOptions({ slots, microBatchTokens: 16, batchTokens: 128, logitsInPlace }),
  );
  try {
    for (let slot = 0; slot < slots; slot++) context.setSampler(slot, sampling, new Int32Array());
    const tokens: number[][] = [];
    const logits: Buffer[] = [];
    for (const step of steps) {
      const plan = new BatchPlan();
      const outputs = step(plan);
      const result = context.step(plan.cells(), noDecoded);
      assert.deepEqual([result[0], result[1]], [0, 0]);
      tokens.push([...result]);
      for (const row of outputs) logits.push(Buffer.from(context.logits(row).buffer));
    }
    const outputGraphs = steps.length; // at least: every step has an output
    assert.ok(
      logitsInPlace ? context.info().graphsInPlace >= outputGraphs : context.info().graphsInPlace === 0,
    );
    return { tokens, logits, scores: [...context.takeScores(0)] };
  } finally {
    context.close();
  }
}

/** One more token in each of these slots; all of them are outputs. */
function decode(position: number, inSlots: readonly number[], token = 5): Step {
  return (plan) => {
    for (const slot of inSlots) plan.decodeRow(token + slot, position, slot, slot);
    return inSlots.map((_, row) => row);
  };
}

function prompt(slot: number, length: number, mark: number): Step {
  return (plan) => {
    for (let position = 0; position < length; position++)
      plan.promptRow(100 + position, position, slot, position === length - 1 ? slot : mark);
    return [];
  };
}

const all = [0, 1, 2, 3, 4, 5];

describe("logits that are computed where they are read are those that llama.cpp copies there", () => {
  for (const [what, steps] of [
    ["one graph, and the same again", [decode(0, all), decode(1, all), decode(2, all)]],
    ["as many graphs as there are runs of slots", [decode(0, [0, 2, 3, 5]), decode(1, [0, 2, 3, 5])]],
    [
      "fewer rows, then more",
      [decode(0, [0]), decode(0, [1, 2, 3, 4, 5]), decode(1, [2, 3]), decode(1, [0])],
    ],
    [
      "a prompt of several graphs between answers",
      [decode(0, [0, 1]), prompt(2, 40, rowMark.noSampler), decode(1, [0, 1])],
    ],
    [
      "a prompt with more outputs than slots, for which llama.cpp makes more room",
      [decode(0, [1, 2]), prompt(0, 60, scoredBy(0)), decode(1, [1, 2])],
    ],
  ] satisfies [string, Step[]][]) {
    it(what, () => {
      const [inPlace, copied] = [run(steps, true), run(steps, false)];
      assert.ok(copied.logits.length > 0);
      assert.equal(
        new Set(copied.logits.map((row) => row.toString("hex"))).size,
        copied.logits.length,
        "rows differ",
      );
      assert.deepEqual(inPlace, copied);
    });
  }
});
