import assert from "node:assert/strict";
import { test } from "node:test";
import { BucketCounts } from "#weir/engine/bucket-counts.js";
import { StepDurations } from "#weir/engine/step-durations.js";

test("a value falls into the first bucket whose bound it does not exceed", () => {
  const buckets = new BucketCounts([1, 2, 5]);
  for (const value of [0.5, 1, 1.5, 5, 6, 700]) buckets.add(value);
  const { counts, sum } = buckets.snapshot();
  assert.deepEqual([[...counts], sum], [[2, 1, 1, 2], 714]);
});

test("a snapshot stays as it is when more is counted, and can go to another thread", () => {
  const buckets = new BucketCounts([1]);
  const snapshot = structuredClone(buckets.snapshot());
  buckets.add(1);
  assert.deepEqual(snapshot, { bounds: [1], counts: new Float64Array(2), sum: 0 });
});

test("a step is of the kind of its rows, and of none without rows", () => {
  const durations = new StepDurations();
  durations.note({ decodeRows: 3, promptRows: 0 }, 1_000);
  durations.note({ decodeRows: 0, promptRows: 3 }, 2_000);
  durations.note({ decodeRows: 1, promptRows: 1 }, 3_000);
  durations.note({ decodeRows: 0, promptRows: 0 }, 4_000);
  const { decode, prompt, mixed } = durations.snapshot();
  assert.deepEqual([decode.sum, prompt.sum, mixed.sum], [1, 2, 3]);
});
