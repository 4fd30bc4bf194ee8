import assert from "node:assert/strict";
import { test } from "node:test";
import { allBanned, stuckInGrammar } from "#weir/engine/backend.js";
import type { GenerationRequest } from "#weir/engine/generation.js";
import { greedy, request, TestEngine } from "./builders.js";
import { FakeBackend } from "./fake-backend.js";

/** How many passes the engine blames on itself until the request has ended. */
function failedPasses(backend: FakeBackend, generation: GenerationRequest): number {
  const engine = new TestEngine(backend);
  engine.submit(generation);
  engine.finish();
  return engine.failedPasses;
}

/** Its model computes no numbers. */
const broken = (): FakeBackend => new FakeBackend({ answer: () => -1 });

test("an answer that ends as it should is no failure", () => {
  assert.equal(failedPasses(new FakeBackend(), request([2, 3])), 0);
});

test("a pass that llama.cpp fails is one", () => {
  for (const pass of ["prompt", "decode"] as const) {
    const backend = new FakeBackend();
    backend.failNext = { pass, status: -3 };
    assert.equal(failedPasses(backend, request([2, 3])), 1, pass);
  }
});

test("a step that throws is one, however many run", () => {
  const backend = new FakeBackend();
  const engine = new TestEngine(backend);
  for (let i = 0; i < 3; i++) engine.submit(request([2, 3 + i]));
  backend.throwNext = new Error("broken");
  engine.finish();
  assert.equal(engine.failedPasses, 1);
});

test("a pass whose logits are no numbers is one, whatever its request asks for", () => {
  assert.equal(failedPasses(broken(), request([2, 3])), 1);
  const sampling = { ...greedy, logitBias: [[2, -1]] as const };
  assert.equal(failedPasses(broken(), request([2, 3], { sampling })), 1);
});

test("a request that bans every token, or whose grammar lets none come, fails alone", () => {
  for (const token of [allBanned, stuckInGrammar])
    assert.equal(failedPasses(new FakeBackend({ answer: () => token }), request([2, 3])), 0);
});

test("a sampler that is refused is the request's fault", () => {
  const backend = new FakeBackend();
  backend.refuseNextSampler = true;
  assert.equal(failedPasses(backend, request([2, 3])), 0);
});

test("a part of a prompt that is computed behind a failure is told of, though it brings nothing else", () => {
  const backend = new FakeBackend({ slotTokens: 256, batchTokens: 64 });
  const engine = new TestEngine(backend);
  backend.failNext = { pass: "prompt", status: -3 };
  engine.submit(request([2, 3]));
  engine.finish();
  engine.submit(request(Array.from({ length: 200 }, () => 2)));
  for (let steps = 0; steps < 10 && engine.workedPasses === 0; steps++) engine.engine.step();
  const [longPrompt] = [...engine.results.values()].slice(-1);
  assert.deepEqual([engine.failedPasses, engine.workedPasses, longPrompt?.text], [1, 1, ""]);
});
