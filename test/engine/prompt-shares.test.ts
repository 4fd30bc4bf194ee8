import assert from "node:assert/strict";
import { test } from "node:test";
import { promptBudget, sharePrompts } from "#weir/engine/prompt-shares.js";
import { Sequence } from "#weir/engine/sequence.js";
import { StepTimes } from "#weir/engine/step-times.js";
import { letters, request } from "./builders.js";

function timesOf(decodeMs: number, promptRowMs: number): StepTimes {
  const times = new StepTimes();
  times.noteDecode(decodeMs);
  times.notePrompts(100, 100 * promptRowMs);
  return times;
}

/** A sequence in slot `id` with so many tokens to compute. */
function prompt(id: number, tokens: number, submittedMs: number): Sequence {
  const promptTokens = Array.from({ length: tokens }, () => 5);
  const sequence = new Sequence(id, request(promptTokens), letters(), submittedMs);
  sequence.start(id, id, 0, submittedMs);
  return sequence;
}

test("prompts get what a decode pass leaves of the target gap", () => {
  assert.equal(promptBudget(timesOf(30, 0.5), 100, 8, 512), 140);
});

test("where a decode pass takes longer than the target, prompts get as long as it takes", () => {
  assert.equal(promptBudget(timesOf(200, 0.5), 100, 60, 512), 400);
});

test("prompts have the whole batch where nobody decodes, or nothing is measured yet", () => {
  assert.equal(promptBudget(timesOf(30, 0.5), 100, 0, 512), 512);
  assert.equal(promptBudget(new StepTimes(), 100, 8, 512), 504);
});

test("prompts go on however slow they are", () => {
  assert.equal(promptBudget(timesOf(1, 1000), 100, 8, 512), 32);
});

test("a short prompt passes a long one, which gets what is left", () => {
  const [long, short] = [prompt(0, 5000, 0), prompt(1, 50, 10)];
  const shares = sharePrompts([long, short], 300, timesOf(30, 0.5), false);
  assert.deepEqual(
    shares.map(({ sequence, rows }) => [sequence.id, rows]),
    [
      [0, 250],
      [1, 50],
    ],
  );
});

test("a long prompt that has waited as long as it takes is not passed any more", () => {
  const [long, short] = [prompt(0, 5000, 0), prompt(1, 50, 2600)];
  const [share] = sharePrompts([long, short], 300, timesOf(30, 0.5), false);
  assert.deepEqual([share?.sequence.id, share?.rows], [0, 300]);
});

test("the last token is left to the decode pass where that is asked for", () => {
  const [share] = sharePrompts([prompt(0, 50, 0)], 300, timesOf(30, 0.5), true);
  assert.equal(share?.rows, 49);
});
