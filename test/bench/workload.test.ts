import assert from "node:assert/strict";
import { test } from "node:test";
import { words } from "../../bench/words.js";
import { chatLengths, countTokens, makeWorkload } from "../../bench/workload.js";

const shape = { requests: 500, seed: 1, ...chatLengths };

test("the same seed and round give the same requests", () => {
  assert.deepEqual(makeWorkload(shape, 2), makeWorkload(shape, 2));
});

test("no two rounds have a prompt in common", () => {
  const prompts = [0, 1, 2].flatMap((round) => makeWorkload(shape, round).map(({ prompt }) => prompt));
  assert.equal(new Set(prompts).size, prompts.length);
});

test("prompt lengths reach both ends of their range and not beyond", () => {
  const lengths = makeWorkload(shape, 0).map(({ promptTokens }) => promptTokens);
  assert.deepEqual([Math.min(...lengths), Math.max(...lengths)], [30, 250]);
});

test("answer lengths reach both ends of their range and not beyond", () => {
  const lengths = makeWorkload(shape, 0).map(({ maxTokens }) => maxTokens);
  assert.deepEqual([Math.min(...lengths), Math.max(...lengths)], [16, 96]);
});

test("a prompt has as many words as tokens", () => {
  for (const { prompt, promptTokens } of makeWorkload(shape, 0)) {
    assert.equal(prompt.split(" ").length, promptTokens);
  }
});

test("no word is there twice", () => {
  assert.equal(new Set(words).size, words.length);
});

test("every request samples with a seed of its own", () => {
  const seeds = makeWorkload(shape, 0).map(({ seed }) => seed);
  assert.equal(new Set(seeds).size, seeds.length);
});

test("the tokens of a workload are the sums over its requests", () => {
  const lengths = { promptTokens: { least: 5, most: 5 }, answerTokens: { least: 7, most: 7 } };
  const workload = makeWorkload({ requests: 3, seed: 1, ...lengths }, 0);
  assert.deepEqual(countTokens(workload), { prompt: 15, answer: 21 });
});
