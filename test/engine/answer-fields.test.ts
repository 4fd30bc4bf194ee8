import assert from "node:assert/strict";
import { test } from "node:test";
import type { GenerationRequest, SamplingParameters } from "#weir/engine/generation.js";
import { greedy, request, TestEngine } from "./builders.js";
import { endToken, FakeBackend } from "./fake-backend.js";

/** A backend whose answers are these tokens, each by its place behind a prompt of one token. */
function speaking(tokens: readonly number[]): FakeBackend {
  return new FakeBackend({ answer: (history) => tokens[history.length - 1] ?? endToken });
}

function asking(sampling: Partial<SamplingParameters>, changes: Partial<GenerationRequest> = {}) {
  return request([9], { maxTokens: 10, sampling: { ...greedy, ...sampling }, ...changes });
}

const [a, b, c, d] = [33, 34, 35, 36] as const;

test("what constrains an answer arrives at the backend's sampler as it was asked for", () => {
  const backend = new FakeBackend();
  const engine = new TestEngine(backend);
  const sampling = { ...greedy, minTokens: 7, stopTokens: [5], grammar: 'root ::= "a"', grammarRoot: "root" };
  engine.submit(request([5], { sampling }));
  engine.engine.step();
  assert.deepEqual([...backend.samplers.values()], [sampling]);
});

test("a stop token ends the answer, is counted, and is no part of its text", () => {
  const engine = new TestEngine(speaking([a, b, c, d]));
  const id = engine.submit(asking({ stopTokens: [c, 50] }));
  engine.finish();
  const { text, outcome } = engine.result(id);
  assert.deepEqual([text, outcome?.finishReason, outcome?.completionTokens], ["ab", "stop", 3]);
});

test("a stop token ends an answer that ignores the model's own end", () => {
  const engine = new TestEngine(speaking([a, endToken, b, c]));
  const id = engine.submit(asking({ ignoreEos: true, stopTokens: [c] }));
  engine.finish();
  assert.deepEqual(engine.result(id).outcome?.completionTokens, 4);
});

test("with a grammar the model's own end counts even where it is to be ignored", () => {
  const engine = new TestEngine(speaking([a, endToken, b]));
  const id = engine.submit(asking({ ignoreEos: true, grammar: 'root ::= "a"' }));
  engine.finish();
  assert.deepEqual([engine.result(id).text, engine.result(id).outcome?.finishReason], ["a", "stop"]);
});

test("every sampled token but the end comes with its log-probability, before the text that it completes", () => {
  const engine = new TestEngine(speaking([a, b]));
  const id = engine.submit(asking({ topLogprobs: 2 }));
  engine.finish();
  const { logprobs } = engine.result(id);
  assert.deepEqual(
    logprobs.map(({ token, text, top }) => [token, text, top.map((each) => each.token)]),
    [
      [a, "a", [2, 3]],
      [b, "b", [2, 3]],
    ],
  );
});

test("a stop token has no log-probability, and a token of a stop string has one", () => {
  const engine = new TestEngine(speaking([a, b, c]));
  const stopped = engine.submit(asking({ topLogprobs: 0, stopTokens: [b] }));
  const cut = engine.submit(asking({ topLogprobs: 0 }, { stopStrings: ["b"] }));
  engine.finish();
  assert.equal(engine.result(stopped).logprobs.length, 1);
  assert.equal(engine.result(cut).logprobs.length, 2);
});

test("log-probabilities are those of the answer's own sampler", () => {
  const engine = new TestEngine(speaking([a, b]));
  const ids = [0, 1, 2].map(() => engine.submit(asking({ topLogprobs: 0 })));
  engine.finish();
  const samplers = ids.map((id) => new Set(engine.result(id).logprobs.map(({ logprob }) => logprob)));
  assert.deepEqual(
    samplers.map((values) => values.size),
    [1, 1, 1],
  );
  assert.equal(new Set(samplers.flatMap((values) => [...values])).size, 3);
});

test("who did not ask gets neither log-probabilities nor progress", () => {
  const engine = new TestEngine(speaking([a]));
  const id = engine.submit(asking({}));
  engine.finish();
  assert.deepEqual([engine.result(id).logprobs, engine.result(id).progress], [[], []]);
});

test("progress tells how far the prompt is computed after every part of it, up to its end", () => {
  const engine = new TestEngine(new FakeBackend({ batchTokens: 4 }));
  const prompt = Array.from({ length: 10 }, (_, i) => 2 + i);
  const id = engine.submit(request(prompt, { maxTokens: 5, reportsProgress: true }));
  engine.finish();
  assert.deepEqual(
    engine.result(id).progress.map(({ promptTokens, computedTokens }) => [promptTokens, computedTokens]),
    [
      [10, 4],
      [10, 8],
      [10, 10],
    ],
  );
});

test("progress tells what was found in a cache, and counts it as computed", () => {
  const engine = new TestEngine(new FakeBackend({ batchTokens: 4 }));
  const prompt = Array.from({ length: 8 }, (_, i) => 2 + i);
  engine.submit(request(prompt, { maxTokens: 1 }));
  engine.finish();
  const id = engine.submit(request([...prompt, 40, 41, 42], { maxTokens: 2, reportsProgress: true }));
  engine.finish();
  assert.deepEqual(
    engine.result(id).progress.map(({ cachedTokens, computedTokens }) => [cachedTokens, computedTokens]),
    [[8, 11]],
  );
});

test("progress is timed from when the request got its slot", () => {
  const engine = new TestEngine(new FakeBackend({ slots: 1, batchTokens: 2 }));
  const first = engine.submit(request([9], { maxTokens: 4 }));
  const second = engine.submit(request([7, 8], { maxTokens: 1, reportsProgress: true }));
  while (engine.result(second).outcome === null) {
    engine.nowMs += 100;
    engine.engine.step();
  }
  assert.ok(engine.result(first).outcome);
  assert.deepEqual(
    engine.result(second).progress.map(({ elapsedMs }) => elapsedMs),
    [0],
  );
});

test("the tokens between an answer's thinking tags are told apart from the others", () => {
  const engine = new TestEngine(speaking([a, b, b, b, c, d, d]));
  const thinking = {
    startTokens: [a],
    endTokens: [c],
    forcedTokens: [c],
    prefillTokens: [],
    budgetTokens: -1,
  };
  const id = engine.submit(asking({ thinking }));
  engine.finish();
  const { outcome } = engine.result(id);
  assert.deepEqual([outcome?.reasoningTokens, outcome?.completionTokens], [3, 8]);
});
