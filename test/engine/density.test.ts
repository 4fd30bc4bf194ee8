import assert from "node:assert/strict";
import { test } from "node:test";
import { request, TestEngine } from "./builders.js";
import { FakeBackend } from "./fake-backend.js";

/** The outputs of the last decode pass with so many answers running. */
function outputsOf(answers: number, slots: number): number {
  const backend = new FakeBackend({ slots, batchTokens: 200, rowMultiple: 4 });
  const engine = new TestEngine(backend);
  for (let i = 0; i < answers; i++) engine.submit(request([2 + i, 9], { maxTokens: 10 }));
  engine.engine.step();
  engine.engine.step();
  return backend.steps.at(-1)?.outputs ?? 0;
}

test("outputs are brought up to whole groups of rows", () => {
  assert.deepEqual(
    [5, 6, 8, 9].map((answers) => outputsOf(answers, 16)),
    [8, 8, 8, 12],
  );
});

test("no more rows than a group are left as they are", () => {
  assert.deepEqual(
    [1, 2, 3, 4].map((answers) => outputsOf(answers, 16)),
    [1, 2, 3, 4],
  );
});

test("where all slots are taken there is nothing to bring outputs up with", () => {
  assert.equal(outputsOf(5, 5), 5);
});
