import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "#weir/builder/random-numbers.js";
import { burstStarts, poissonStarts } from "../../bench/load/arrivals.js";

const starts = poissonStarts(randomStream(1, 0), 10_000, 20);
const gaps = starts.map((atMs, index) => atMs - (starts[index - 1] ?? 0));
const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;

test("Poisson arrivals come at their rate", () => {
  assert.ok(Math.abs(mean - 50) < 2, `${mean} ms`);
});

test("their gaps vary as much as they are long", () => {
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  assert.ok(Math.abs(Math.sqrt(variance) / mean - 1) < 0.05, `${Math.sqrt(variance)} ms`);
});

test("they come one after the other", () => {
  assert.ok(gaps.every((gap) => gap > 0));
});

test("a burst comes at once, the next one later", () => {
  assert.deepEqual(burstStarts(2, 3, 500), [0, 0, 0, 500, 500, 500]);
});
