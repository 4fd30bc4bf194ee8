import assert from "node:assert/strict";
import { test } from "node:test";
import { residentMemory } from "../../bench/measurement.js";

test("memory is told by the least of each fifth of a run, whatever comes and goes between", () => {
  const bytes = [10, 90, 20, 80, 21, 95, 22, 70, 23, 99];
  assert.deepEqual(residentMemory(bytes), {
    beforeBytes: 10,
    leastOfFifthBytes: [10, 20, 21, 22, 23],
    afterBytes: 99,
    mostBytes: 99,
  });
});

test("a fifth in which nothing was read is not zero", () => {
  assert.deepEqual(residentMemory([7]).leastOfFifthBytes, [NaN, NaN, NaN, NaN, 7]);
});
