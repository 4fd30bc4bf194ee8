import assert from "node:assert/strict";
import { test } from "node:test";
import { chatLengths, countTokens, makeWorkload } from "../../bench/workload.js";

const shape = { requests: 500, seed: 1, ...chatLengths };

test("the same seed and round give the same requests", () => {
  assert.deepEqual(makeWorkload(shape, 2), makeWorkload(shape, 2));
});

test("no two rounds have a prompt in common", () => {
  const prompts = [0, 1, 2].flatMap((round) =>
    makeWorkload(shape, round).map(({ promptTokens }) => promptTokens.join()),
  );
  assert.equal(new Set(prompts).size, prompts.length);
});

test("prompt lengths reach both ends of their range and not beyond", () => {
  const lengths = makeWorkload(shape, 0).map(({ promptTokens }) => promptTokens.length);
  assert.deepEqual([Math.min(...lengths), Math.max(...lengths)], [30, 250]);
});

test("answer lengths reach both ends of their range and not beyond", () => {
  const lengths = makeWorkload(shape, 0).map(({ maxTokens }) => maxTokens);
  assert.deepEqual([Math.min(...lengths), Math.max(...lengths)], [16, 96]);
});

test("prompts are made of ordinary tokens", () => {
  const tokens = makeWorkload(shape, 0).flatMap(({ promptTokens }) => [...promptTokens]);
  assert.ok(tokens.every((token) => token >= 1000 && token <= 100_000));
});

test("every request samples with a seed of its own", () => {
  const seeds = makeWorkload(shape, 0).map(({ sampling }) => sampling.seed);
  assert.equal(new Set(seeds).size, seeds.length);
});

test("the tokens of a workload are the sums over its requests", () => {
  const lengths = { promptTokens: { least: 5, most: 5 }, answerTokens: { least: 7, most: 7 } };
  const workload = makeWorkload({ requests: 3, seed: 1, ...lengths }, 0);
  assert.deepEqual(countTokens(workload), { prompt: 15, answer: 21 });
});
