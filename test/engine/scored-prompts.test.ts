import assert from "node:assert/strict";
import { test } from "node:test";
import type { GenerationRequest } from "#weir/engine/generation.js";
import { greedy, request, TestEngine } from "./builders.js";
import { FakeBackend } from "./fake-backend.js";

const tokens = Array.from({ length: 40 }, (_, index) => 2 + index);

function scored(promptTokens: readonly number[], changes: Partial<GenerationRequest> = {}) {
  const sampling = { ...greedy, topLogprobs: 1, scoresPrompt: true, reportsEnd: true };
  return request(promptTokens, { sampling, ...changes });
}

/** The fake backend's log-probability of a token is the position before it, below zero. */
function assertScored(engine: TestEngine, id: number, promptTokens: readonly number[]): void {
  const { promptLogprobs } = engine.result(id);
  assert.deepEqual(
    promptLogprobs.map(({ token, logprob }) => [token, logprob]),
    promptTokens.map((token, index) => [token, index === 0 ? null : 0 - (index - 1)]),
  );
}

for (const outputsShareCost of [false, true]) {
  const where = outputsShareCost ? "with the last token left to the decode pass" : "whole";
  test(`every token of a prompt is scored once, over several steps (${where})`, () => {
    const engine = new TestEngine(new FakeBackend({ outputsShareCost }));
    const ids = [0, 1, 2].map(() => engine.submit(scored(tokens)));
    engine.finish();
    for (const id of ids) {
      assertScored(engine, id, tokens);
      assert.equal(engine.result(id).outcome?.completionTokens, 4);
    }
  });
}

test("a prompt that is scored takes nothing from a cache, and leaves itself to others", () => {
  const engine = new TestEngine(new FakeBackend());
  const cachedOf = (generation: GenerationRequest): number | undefined => {
    const id = engine.submit(generation);
    engine.finish();
    return engine.result(id).outcome?.cachedTokens;
  };
  assert.equal(cachedOf(request(tokens)), 0);
  assert.equal(cachedOf(scored(tokens)), 0);
  assert.equal(cachedOf(request(tokens)), 39);
});

test("a prompt that is scored does not wait for another who computes the same", () => {
  const engine = new TestEngine(new FakeBackend());
  engine.submit(request(tokens));
  engine.submit(scored(tokens));
  engine.engine.step();
  assert.equal(engine.engine.stats().running, 2);
});

test("without an answer a prompt is computed up to its last token, and its slot is free", () => {
  const backend = new FakeBackend();
  const engine = new TestEngine(backend);
  const id = engine.submit(scored(tokens, { maxTokens: 0 }));
  engine.finish();
  assertScored(engine, id, tokens);
  const { finishReason, completionTokens } = engine.result(id).outcome ?? {};
  assert.deepEqual([finishReason, completionTokens], ["length", 0]);
  assert.deepEqual(new Set(engine.states()), new Set(["idle"]));
  assert.equal(engine.engine.slotTable()[0]?.cachedTokens, 39);
  assert.equal(backend.samplers.size, 0);
});

for (const [what, generation] of [
  ["a single token", scored([5], { maxTokens: 0 })],
  ["tokens that nobody asks about", request(tokens, { maxTokens: 0 })],
] as const) {
  test(`a prompt of ${what} and no answer ends at once`, () => {
    const engine = new TestEngine(new FakeBackend());
    const id = engine.submit(generation);
    assert.equal(engine.engine.isIdle, true);
    engine.engine.step();
    assert.equal(engine.result(id).outcome?.finishReason, "length");
  });
}

test("a prompt that is scored and cancelled leaves no sampler behind", () => {
  const backend = new FakeBackend();
  const engine = new TestEngine(backend);
  const id = engine.submit(scored(tokens));
  engine.engine.step();
  engine.engine.cancel(id);
  engine.engine.step();
  assert.equal(backend.samplers.size, 0);
  assert.equal(engine.result(id).outcome?.finishReason, "cancelled");
});

test("a pass that fails ends the prompts that it scores", () => {
  const backend = new FakeBackend();
  const engine = new TestEngine(backend);
  const id = engine.submit(scored(tokens));
  backend.failNext = { pass: "prompt", status: -3 };
  engine.finish();
  assert.equal(engine.result(id).outcome?.finishReason, "error");
});
