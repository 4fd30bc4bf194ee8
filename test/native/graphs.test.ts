import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BatchPlan, rowMark } from "#weir/engine/batch-plan.js";
import type { ModelHandle } from "#weir/llama/addon.js";
import { type Addon, contextOptions, cpuAddon, loadTiny, noDecoded } from "./addon.js";

const slots = 6;
const microBatchTokens = 16;

let addon: Addon;
let model: ModelHandle;

before(async () => {
  ({ addon } = await cpuAddon());
  model = await loadTiny(addon);
});
after(() => model.close());

/** How many graphs a plan takes, in its decode pass and its prompt pass: as llama.cpp made them, or worked out. */
function graphsOf(addRows: (plan: BatchPlan) => void, countGraphs: boolean): (number | undefined)[] {
  const watched = { countGraphs, logitsInPlace: countGraphs, q8Products: countGraphs };
  const options = contextOptions({ slots, microBatchTokens, batchTokens: 128, ...watched });
  const context = new addon.Context(model, options);
  const plan = new BatchPlan();
  addRows(plan);
  const result = context.step(plan.cells(), noDecoded);
  context.close();
  assert.deepEqual([result[0], result[1]], [0, 0]);
  return [result[2], result[5]];
}

function addDecodes(plan: BatchPlan, inSlots: readonly number[]): void {
  for (const slot of inSlots) plan.decodeRow(5, 0, slot, rowMark.unsampled);
}

function addPrompt(plan: BatchPlan, slot: number, length: number): void {
  for (let position = 0; position < length; position++)
    plan.promptRow(
      100 + position,
      position,
      slot,
      position === length - 1 ? rowMark.unsampled : rowMark.noSampler,
    );
}

for (const [what, addRows, expected] of [
  ["consecutive slots", (plan) => addDecodes(plan, [0, 1, 2, 3]), [1, 0]],
  ["slots with holes between them", (plan) => addDecodes(plan, [0, 2, 3, 5]), [3, 0]],
  ["a prompt as long as a micro batch", (plan) => addPrompt(plan, 0, 16), [0, 1]],
  ["a prompt that is longer", (plan) => addPrompt(plan, 0, 40), [0, 3]],
  [
    "equal prompts side by side, which share micro batches",
    (plan) => {
      for (const slot of [0, 1, 2]) addPrompt(plan, slot, 12);
    },
    [0, 3],
  ],
  [
    "answers and prompts of different lengths",
    (plan) => {
      addDecodes(plan, [0, 1]);
      addPrompt(plan, 2, 9);
      addPrompt(plan, 4, 20);
    },
    [1, 3],
  ],
] satisfies [string, (plan: BatchPlan) => void, number[]][]) {
  test(`the graphs that are worked out are those that llama.cpp makes: ${what}`, () => {
    const counted = graphsOf(addRows, true);
    assert.deepEqual([counted, graphsOf(addRows, false)], [expected, expected]);
  });
}
