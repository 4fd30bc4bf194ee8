import assert from "node:assert/strict";
import { test } from "node:test";
import { typicalLoad } from "../../bench/loops/typical-load.js";
import { makeWorkload } from "../../bench/workload.js";

const lengths = { promptTokens: { least: 100, most: 100 }, answerTokens: { least: 50, most: 50 } };
const requests = makeWorkload({ requests: 4, seed: 1, ...lengths }, 0);

test("a slot is as full as its request is half-way through the answer", () => {
  assert.deepEqual(typicalLoad(requests, 2, 512).slotTokens, [125, 125]);
});

test("more slots than requests begin again with the first request", () => {
  assert.equal(typicalLoad(requests, 6, 512).slotTokens.length, 6);
});

test("a full pass has as many prompts of typical length as come closest to the batch", () => {
  const { promptsPerPass, rowsPerPrompt } = typicalLoad(requests, 8, 512);
  assert.deepEqual([promptsPerPass, rowsPerPrompt], [4, 128]);
});

test("prompts longer than a batch fill it one by one", () => {
  const { promptsPerPass, rowsPerPrompt } = typicalLoad(requests, 8, 40);
  assert.deepEqual([promptsPerPass, rowsPerPrompt], [1, 40]);
});
