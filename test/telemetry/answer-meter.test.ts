import assert from "node:assert/strict";
import { test } from "node:test";
import type { BucketCounts } from "#weir/engine/bucket-counts.js";
import type { FinishReason, GenerationOutcome } from "#weir/engine/generation.js";
import { AnswerMeter } from "#weir/telemetry/answer-meter.js";
import { ModelMeasures } from "#weir/telemetry/measures.js";

const start = { arrivedMs: 1_000, waitedMs: 100, prepareMs: 20 };

function outcomeOf(finishReason: FinishReason): GenerationOutcome {
  return {
    ...{ finishReason, stopString: null, failure: null, cachedTokens: 0, reasoningTokens: 0 },
    ...{ promptTokens: 7, completionTokens: 3, queueMs: 30, promptMs: 50, decodeMs: 400 },
  };
}

/** An answer with texts at these times, and its end. */
function measured(textsMs: readonly number[], endMs: number, finishReason: FinishReason): ModelMeasures {
  const measures = new ModelMeasures();
  let nowMs = 0;
  const meter = new AnswerMeter(measures, start, () => nowMs);
  const sink = meter.around({ onText: () => {}, onFinish: () => {} });
  for (const timeMs of textsMs) {
    nowMs = timeMs;
    sink.onText("a");
  }
  nowMs = endMs;
  sink.onFinish(outcomeOf(finishReason));
  return measures;
}

function sumOf(buckets: BucketCounts): { count: number; sum: number } {
  const { counts, sum } = buckets.snapshot();
  return { count: counts.reduce((all, own) => all + own, 0), sum: Math.round(sum * 1e6) / 1e6 };
}

test("an answer has one time to its first text and a gap for each further one", () => {
  const { ttftSeconds, itlSeconds } = measured([1_200, 1_300, 1_500], 1_500, "stop");
  assert.deepEqual(
    [sumOf(ttftSeconds), sumOf(itlSeconds)],
    [
      { count: 1, sum: 0.2 },
      { count: 2, sum: 0.3 },
    ],
  );
});

test("the wait is that at the gate and that in the engine, and the whole goes from arrival to end", () => {
  const { queueSeconds, e2elSeconds, tpotSeconds } = measured([1_200], 1_600, "length");
  assert.deepEqual(
    [queueSeconds, e2elSeconds, tpotSeconds].map((buckets) => sumOf(buckets).sum),
    [0.13, 0.6, 0.2],
  );
});

for (const reason of ["cancelled", "error"] as const) {
  test(`an answer that ends with ${reason} is counted, and its length and times are not`, () => {
    const { finished, e2elSeconds, answerTokens } = measured([1_200], 1_300, reason);
    assert.equal(finished[reason], 1);
    assert.deepEqual([sumOf(e2elSeconds).count, sumOf(answerTokens).count], [0, 0]);
  });
}

test("an answer without any text has no first one", () => {
  const { ttftSeconds, tpotSeconds, e2elSeconds } = measured([], 1_300, "stop");
  assert.deepEqual(
    [ttftSeconds, tpotSeconds, e2elSeconds].map((buckets) => sumOf(buckets).count),
    [0, 0, 1],
  );
});
