import assert from "node:assert/strict";
import { test } from "node:test";
import type { GenerationOutcome } from "#weir/engine/generation.js";
import { StepEventCollector, type StepEvents } from "#weir/engine/step-events.js";

const sampled = { token: 1, text: "a", bytes: [97], logprob: -1, top: [] };
const progress = { promptTokens: 9, computedTokens: 4, cachedTokens: 2, elapsedMs: 1 };
const outcome: GenerationOutcome = {
  finishReason: "stop",
  stopString: null,
  failure: null,
  promptTokens: 1,
  cachedTokens: 0,
  completionTokens: 1,
  reasoningTokens: 0,
  queueMs: 0,
  promptMs: 0,
  decodeMs: 0,
};

/** Pairs of columns that belong together. */
function columns(events: StepEvents): [readonly unknown[], readonly unknown[]][] {
  return [
    [events.startedIds, events.startedIds],
    [events.ids, events.texts],
    [events.finishedIds, events.outcomes],
    [events.logprobIds, events.logprobs],
    [events.progressIds, events.progress],
  ];
}

test("a pass that brought nothing has no message", () => {
  assert.equal(new StepEventCollector().take(), null);
});

for (const [what, add] of [
  ["a start", (events: StepEventCollector) => events.started(7)],
  ["text", (events: StepEventCollector) => events.text(7, "a")],
  ["a log-probability", (events: StepEventCollector) => events.logprob(7, sampled)],
  ["progress", (events: StepEventCollector) => events.progress(7, progress)],
  ["an end", (events: StepEventCollector) => events.finished(7, outcome)],
] as const) {
  test(`${what} alone is a message with one row in one pair of columns`, () => {
    const events = new StepEventCollector();
    add(events);
    const taken = events.take();
    assert.ok(taken);
    const rows = columns(taken).filter(([ids]) => ids.length > 0);
    assert.deepEqual(
      rows.map(([ids, values]) => [ids, values.length]),
      [[[7], 1]],
    );
    assert.equal(events.take(), null);
  });
}

test("a pass that failed is a message, whatever else it brought", () => {
  const events = new StepEventCollector();
  events.failed();
  assert.equal(events.take()?.hasFailed, true);
  events.text(1, "a");
  assert.equal(events.take()?.hasFailed, false);
});

test("a pass that worked is a message only behind one that failed", () => {
  const events = new StepEventCollector();
  events.worked();
  assert.equal(events.take(), null);
  events.failed();
  events.take();
  events.worked();
  assert.equal(events.take()?.hasWorked, true);
  events.worked();
  assert.equal(events.take(), null);
});

test("events of several sequences keep their order, each in its columns", () => {
  const events = new StepEventCollector();
  events.progress(3, progress);
  events.text(1, "a");
  events.logprob(2, sampled);
  events.text(2, "b");
  events.finished(1, outcome);
  events.text(3, "c");
  const taken = events.take();
  assert.deepEqual(
    [taken?.ids, taken?.texts],
    [
      [1, 2, 3],
      ["a", "b", "c"],
    ],
  );
  assert.deepEqual([taken?.logprobIds, taken?.progressIds, taken?.finishedIds], [[2], [3], [1]]);
});

test("a message that was taken is not changed by what comes later", () => {
  const events = new StepEventCollector();
  events.text(1, "a");
  const first = events.take();
  events.text(2, "b");
  assert.deepEqual(first?.ids, [1]);
  assert.deepEqual(events.take()?.ids, [2]);
});
