import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedMs, type PromptTimes, promptBudget, sharePrompts } from "#weir/engine/prompt-shares.js";
import { Sequence } from "#weir/engine/sequence.js";
import { StepTimes } from "#weir/engine/step-times.js";
import { greedy, letters, request } from "./builders.js";

function timesOf(decodeMs: number, promptRowMs: number, scoredRowMs = 0): PromptTimes {
  const times = { plain: new StepTimes(), scored: new StepTimes() };
  times.plain.noteDecode(decodeMs);
  times.plain.notePrompts(100, 0, 100 * promptRowMs);
  if (scoredRowMs > 0) times.scored.notePrompts(100, 0, 100 * scoredRowMs);
  return times;
}

const unknownTimes: PromptTimes = { plain: new StepTimes(), scored: new StepTimes() };

/** A sequence in slot `id` with so many tokens to compute. */
function prompt(id: number, tokens: number, submittedMs: number, scoresPrompt = false): Sequence {
  const promptTokens = Array.from({ length: tokens }, () => 5);
  const generation = request(promptTokens, { sampling: { ...greedy, scoresPrompt } });
  const sequence = new Sequence(id, generation, letters(), submittedMs);
  sequence.start(id, id, 0, submittedMs);
  return sequence;
}

/** Rows for one long prompt beside eight running answers. */
function rowsFor(times: PromptTimes, maxItlMs: number, pending = 5000): number | undefined {
  const budget = promptBudget(times.plain, maxItlMs, 8, 512);
  return sharePrompts([prompt(0, pending, 0)], budget, times, false)[0]?.rows;
}

test("prompts get what a decode pass leaves of the target gap, in whole tiles of 64 rows", () => {
  assert.equal(rowsFor(timesOf(30, 0.5), 100), 128);
});

test("where a decode pass takes longer than the target, prompts get as long as it takes", () => {
  assert.equal(rowsFor(timesOf(200, 0.5), 100), 384);
});

test("prompts have the whole batch where nobody decodes, or nothing is measured yet", () => {
  const [alone] = sharePrompts(
    [prompt(0, 5000, 0)],
    promptBudget(timesOf(30, 0.5).plain, 100, 0, 512),
    timesOf(30, 0.5),
    false,
  );
  assert.equal(alone?.rows, 512);
  assert.equal(rowsFor(unknownTimes, 100), 512);
});

test("prompts go on by a tile however slow they are", () => {
  assert.equal(rowsFor(timesOf(1, 1000), 100), 64);
});

test("the end of a prompt need not be a whole tile", () => {
  assert.equal(rowsFor(timesOf(30, 0.5), 100, 70), 70);
});

test("the end of a prompt is computed together with a whole tile", () => {
  const times = timesOf(30, 0.5); // 140 rows are what the gap leaves
  assert.equal(rowsFor(times, 100, 192), 128);
  assert.equal(rowsFor(times, 100, 191), 64);
  assert.equal(rowsFor(times, 100, 141), 64);
  // Even where the target leaves less: the end alone would take longer.
  assert.equal(rowsFor(timesOf(1, 1000), 100, 127), 127);
  assert.equal(rowsFor(timesOf(1, 1000), 100, 128), 64);
});

test("rows that attend to more are known to take longer", () => {
  const times = new StepTimes();
  for (let position = 0; position < 2000; position += 100)
    times.notePrompts(100, position, 100 * (1 + position / 1000));
  assert.ok(Math.abs(times.promptRowMs(4000) - 5) < 0.1);
});

test("a pass is expected to take what its rows took lately, where they are, scored ones apart", () => {
  const [plain, scored] = [prompt(0, 500, 0), prompt(1, 500, 0, true)];
  const shares = [
    { sequence: plain, rows: 10 },
    { sequence: scored, rows: 10 },
  ];
  assert.equal(expectedMs(shares, timesOf(30, 0.5, 2)), 5 + 20);
  const times = timesOf(30, 0.5);
  times.plain.notePrompts(100, 1000, 100);
  plain.computed = 400;
  const ms = expectedMs(shares.slice(0, 1), times);
  assert.ok(ms > 6.5 && ms < 7.5, `${ms} ms, of rows that take 0.5 ms at the beginning and 1 ms after 1,000`);
});

test("a short prompt passes a long one, which gets what is left", () => {
  const [long, short] = [prompt(0, 5000, 0), prompt(1, 50, 10)];
  const shares = sharePrompts([long, short], { ms: Infinity, rows: 306 }, timesOf(30, 0.5), false);
  assert.deepEqual(
    shares.map(({ sequence, rows }) => [sequence.id, rows]),
    [
      [0, 256],
      [1, 50],
    ],
  );
});

test("a long prompt that has waited as long as it takes is not passed any more", () => {
  const [long, short] = [prompt(0, 5000, 0), prompt(1, 50, 2600)];
  const [share] = sharePrompts([long, short], { ms: Infinity, rows: 306 }, timesOf(30, 0.5), false);
  assert.deepEqual([share?.sequence.id, share?.rows], [0, 256]);
});

test("the last token is left to the decode pass where that is asked for", () => {
  const [share] = sharePrompts([prompt(0, 50, 0)], { ms: Infinity, rows: 300 }, timesOf(30, 0.5), true);
  assert.equal(share?.rows, 49);
});

test("what is left of a step beside a long prompt is not cut into pieces of tiles", () => {
  const times = timesOf(30, 0.5);
  const shares = sharePrompts([prompt(0, 5000, 0), prompt(1, 5000, 10)], { ms: 75, rows: 512 }, times, false);
  assert.deepEqual(
    shares.map(({ rows }) => rows),
    [128],
  );
});

test("prompts that are scored have 64 rows of a step, and others the rest", () => {
  const sequences = [prompt(0, 5000, 0, true), prompt(1, 5000, 1, true), prompt(2, 5000, 10_000)];
  const shares = sharePrompts(sequences, { ms: 100, rows: 512 }, timesOf(30, 0.1, 0.5), false);
  assert.deepEqual(
    shares.map(({ sequence, rows }) => [sequence.id, rows]),
    [
      [0, 64],
      [2, 448],
    ],
  );
});

test("a prompt that is scored leaves others the time that its own rows do not take", () => {
  const sequences = [prompt(0, 5000, 0, true), prompt(1, 5000, 10_000)];
  const shares = sharePrompts(sequences, { ms: 50, rows: 512 }, timesOf(30, 0.1, 0.5), false);
  assert.deepEqual(
    shares.map(({ rows }) => rows),
    [64, 128],
  );
});
