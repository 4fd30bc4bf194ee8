import assert from "node:assert/strict";
import { test } from "node:test";
import { median, percentile, percentiles, spread } from "../../bench/metrics/percentile.js";

const hundredAndOne = Array.from({ length: 101 }, (_, index) => 100 - index);

test("a percentile is the value that this share of the values lies below", () => {
  assert.deepEqual(percentiles(hundredAndOne), { p50: 50, p90: 90, p95: 95, p99: 99 });
});

test("a percentile between two values is interpolated", () => {
  assert.equal(percentile([10, 20, 40], 0.75), 30);
});

test("the ends are the least and the most", () => {
  assert.deepEqual([percentile([3, 1, 2], 0), percentile([3, 1, 2], 1)], [1, 3]);
});

test("the median of two values is their mean", () => {
  assert.equal(median([2, 1]), 1.5);
});

test("values are compared as numbers", () => {
  assert.equal(median([9, 10, 100]), 10);
});

test("no values have no percentile", () => {
  assert.throws(() => median([]), RangeError);
});

test("a spread is the median between the least and the most", () => {
  assert.deepEqual(spread([3, 1, 2]), { median: 2, least: 1, most: 3 });
});
