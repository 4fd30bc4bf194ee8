import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { type BatchPlan, rowMark } from "#weir/engine/batch-plan.js";
import type { ModelHandle } from "#weir/llama/addon.js";
import { greedy } from "../engine/builders.js";
import { type Addon, type ContextHandle, contextOptions, cpuAddon, loadTiny } from "./addon.js";
import { runPlan, Slot } from "./slot.js";

const slots = 6;

let addon: Addon;
let model: ModelHandle;
let context: ContextHandle;

before(async () => {
  ({ addon } = await cpuAddon());
  model = await loadTiny(addon);
});

beforeEach(() => {
  context = new addon.Context(model, contextOptions({ slots }));
});

afterEach(() => context.close());

after(() => {
  model.close();
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

/** A prompt of its own for each slot. */
function prompts(lengths: readonly number[]): number[][] {
  return lengths.map((length, slot) => Array.from({ length }, (_, i) => 100 + slot * 5000 + 7 * i));
}

/** The rows of prompts in the slots from `firstSlot` on; each is sampled after its last token, with its slot's sampler. */
function addPrompts(plan: BatchPlan, tokens: readonly (readonly number[])[], firstSlot = 0): void {
  for (const [i, prompt] of tokens.entries())
    for (const [position, token] of prompt.entries()) {
      const slot = firstSlot + i;
      plan.promptRow(token, position, slot, position === prompt.length - 1 ? slot : rowMark.noSampler);
    }
}

/** Tokens that came out of the prompt pass. */
function promptTokens(result: Int32Array): number[] {
  return [...result.subarray(result.length - (result[4] ?? 0))];
}

/** A sampler for each slot that can say one token only, so that a mix-up shows. */
function setTellingSamplers(): number[] {
  const words = Array.from({ length: slots }, (_, slot) => 2000 + slot);
  for (const [slot, word] of words.entries())
    context.setSampler(slot, { ...greedy, logitBias: [[word, 10_000]] }, Int32Array.of());
  return words;
}

test("prompts of different lengths in one pass give the tokens of each alone, then and later", () => {
  const tokens = prompts([37, 60, 121, 5]);
  const alone = tokens.map((prompt) => {
    const other = new addon.Context(model, contextOptions({ slots }));
    const slot = new Slot(other, 0);
    const first = slot.compute(prompt);
    const answer = [first, ...slot.goOn(first, prompt.length, 6)];
    other.close();
    return answer;
  });
  const driven = tokens.map((_, slot) => new Slot(context, slot));
  const firsts = promptTokens(runPlan(context, (plan) => addPrompts(plan, tokens)));
  const together = driven.map((slot, i) => {
    const first = firsts[i] ?? -1;
    return [first, ...slot.goOn(first, tokens[i]?.length ?? 0, 6)];
  });
  assert.deepEqual(together, alone);
});

for (const [lengths, what] of [
  [[20, 20, 20, 20, 20, 20], "one length"],
  [[20, 20, 3, 20, 20, 3], "two lengths in turn"],
  [[1, 2, 3, 4, 5, 6], "lengths of their own"],
  [[1, 1, 40, 40, 1, 1], "single tokens around long ones"],
] as const) {
  test(`prompts of ${what} that end in one pass are sampled each with its own sampler`, () => {
    const words = setTellingSamplers();
    const result = runPlan(context, (plan) => addPrompts(plan, prompts(lengths)));
    assert.deepEqual(promptTokens(result), words);
  });
}

test("a prompt that does not end yet gives no token, and those around it give theirs", () => {
  const words = setTellingSamplers();
  const [first = [], , third = []] = prompts([10, 10, 10]);
  const result = runPlan(context, (plan) => {
    addPrompts(plan, [first], 0);
    for (let position = 0; position < 10; position++) plan.promptRow(5, position, 1, rowMark.noSampler);
    addPrompts(plan, [third], 2);
  });
  assert.deepEqual(promptTokens(result), [words[0], words[2]]);
});

test("a pass with prompts in slots apart from each other samples all of them", () => {
  const words = setTellingSamplers();
  const [prompt = []] = prompts([12]);
  const result = runPlan(context, (plan) => {
    for (const slot of [0, 2, 5]) addPrompts(plan, [prompt], slot);
  });
  assert.deepEqual(promptTokens(result), [words[0], words[2], words[5]]);
});

test("a pass whose prompts fail in the middle gives no token at all", () => {
  new Slot(context, 1).compute([5]);
  setTellingSamplers();
  const [prompt = []] = prompts([12]);
  const [, status, , , sampled] = runPlan(context, (plan) => {
    addPrompts(plan, [prompt], 0);
    for (const position of [7, 8, 9]) plan.promptRow(5, position, 1, rowMark.noSampler);
  });
  assert.deepEqual([status, sampled], [-1, 0]);
});
