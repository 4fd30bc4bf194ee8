import assert from "node:assert/strict";
import { test } from "node:test";
import { describeLayers, splitLayers } from "#weir/placement/layer-split.js";

const split = (...given: Parameters<typeof splitLayers>): string[] =>
  splitLayers(...given).map(describeLayers);

test("the output counts as one more layer", () => {
  assert.deepEqual(split(8, [1, 1]), ["0-4", "5-7, output"]);
  assert.deepEqual(split(64, [79.25, 79.25]), ["0-32", "33-63, output"]);
});

test("shares may have any sum, and a device none", () => {
  assert.deepEqual(split(64, [3, 1]), ["0-48", "49-63, output"]);
  assert.deepEqual(split(8, [0, 1]), ["", "0-7, output"]);
  assert.deepEqual(split(8, [1, 0]), ["0-7, output", ""]);
});

test("layers that are not for GPUs are the first ones", () => {
  assert.deepEqual(split(28, [1, 1], 10), ["19-23", "24-27, output"]);
  assert.deepEqual(split(28, [1], 1), ["output"]);
  assert.deepEqual(split(28, [1], 0), [""]);
});

test("a device may hold a single layer", () => {
  assert.deepEqual(split(2, [1, 1, 1]), ["0", "1", "output"]);
});
