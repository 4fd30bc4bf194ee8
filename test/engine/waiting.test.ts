import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { request, TestEngine } from "./builders.js";
import { FakeBackend } from "./fake-backend.js";

/** An engine of one slot that is taken. */
function busyEngine(): { engine: TestEngine; running: number } {
  const engine = new TestEngine(new FakeBackend({ slots: 1 }));
  const running = engine.submit(request([2, 3], { maxTokens: 8 }));
  engine.engine.step();
  return { engine, running };
}

/** An engine of two slots. `atStep` makes a step, and returns what is so when the backend begins with it. */
function watchedEngine(): { engine: TestEngine; atStep: <Value>(read: () => Value) => Value } {
  const backend = new FakeBackend({ slots: 2 });
  const engine = new TestEngine(backend);
  const step = backend.step.bind(backend);
  const atStep = <Value>(read: () => Value): Value => {
    const values: Value[] = [];
    backend.step = (plan, onDecoded) => {
      values.push(read());
      return step(plan, onDecoded);
    };
    engine.engine.step();
    const [value] = values;
    if (value === undefined) throw new Error("the step had nothing to do");
    return value;
  };
  return { engine, atStep };
}

function codeOf(engine: TestEngine, id: number): string | undefined {
  return engine.result(id).outcome?.failure?.code;
}

describe("a request that waits for a slot", () => {
  test("ends with queue_timeout in the first step past its time, and who runs goes on", () => {
    const { engine, running } = busyEngine();
    const waiting = engine.submit(request([4], { maxWaitMs: 10 }));
    engine.nowMs = 9;
    engine.engine.step();
    assert.equal(engine.result(waiting).outcome, null);
    engine.nowMs = 10;
    engine.engine.step();
    assert.equal(codeOf(engine, waiting), "queue_timeout");
    engine.finish();
    assert.equal(engine.result(running).outcome?.completionTokens, 8);
  });

  test("gets a slot that is free, however late", () => {
    const engine = new TestEngine(new FakeBackend({ slots: 1 }));
    const id = engine.submit(request([4], { maxWaitMs: 0, maxTokens: 2 }));
    engine.nowMs = 1_000;
    engine.finish();
    assert.equal(engine.result(id).outcome?.finishReason, "length");
  });

  test("does not go on waiting for what another one computes, where a slot is idle", () => {
    const backend = new FakeBackend({ slots: 2, batchTokens: 8 });
    const engine = new TestEngine(backend);
    const beginning = Array.from({ length: 40 }, (_, i) => 2 + (i % 7));
    engine.submit(request([...beginning, 40]));
    engine.engine.step();
    const follower = engine.submit(request([...beginning, 41], { maxWaitMs: 10 }));
    engine.engine.step();
    assert.deepEqual(engine.states(), ["prompt", "idle"]);
    engine.nowMs = 10;
    engine.engine.step();
    assert.deepEqual(engine.states(), ["prompt", "prompt"]);
    engine.finish();
    assert.equal(engine.result(follower).outcome?.finishReason, "length");
  });

  test("has no deadline any more once it runs", () => {
    const engine = new TestEngine(new FakeBackend({ slots: 1 }));
    const id = engine.submit(request([4], { maxWaitMs: 10 }));
    engine.engine.step();
    engine.nowMs = 1_000;
    engine.finish();
    assert.equal(engine.result(id).outcome?.finishReason, "length");
  });

  test("waits as long as it takes where it has no deadline", () => {
    const { engine } = busyEngine();
    const waiting = engine.submit(request([4]));
    engine.nowMs = 1_000_000;
    engine.finish();
    assert.equal(engine.result(waiting).outcome?.finishReason, "length");
  });

  test("is cancelled once, also where its time is up", () => {
    const { engine } = busyEngine();
    const waiting = engine.submit(request([4], { maxWaitMs: 10 }));
    engine.nowMs = 10;
    engine.engine.cancel(waiting);
    engine.finish();
    assert.equal(engine.result(waiting).outcome?.finishReason, "cancelled");
    assert.equal(engine.engine.stats().finished, 2);
  });
});

describe("an engine that drains", () => {
  test("refuses who waits and who comes, and lets those run that do", () => {
    const { engine, running } = busyEngine();
    const waiting = engine.submit(request([4], { maxWaitMs: 60_000 }));
    engine.engine.drain();
    assert.equal(codeOf(engine, waiting), "shutting_down");
    const late = engine.submit(request([4], { maxWaitMs: 60_000 }));
    engine.finish();
    assert.equal(codeOf(engine, late), "shutting_down");
    assert.equal(engine.result(running).outcome?.finishReason, "length");
  });

  test("finishes the other answers of a request that has begun", () => {
    const { engine } = busyEngine();
    const another = engine.submit(request([2, 3], { maxTokens: 3 }));
    engine.engine.drain();
    engine.finish();
    assert.equal(engine.result(another).outcome?.finishReason, "length");
  });
});

describe("the start of an answer", () => {
  test("is told before anything else, once, in the step that gives it a slot", () => {
    const { engine } = busyEngine();
    const waiting = engine.submit(request([4], { maxTokens: 2, reportsProgress: true }));
    engine.engine.step();
    assert.equal(engine.result(waiting).starts, 0);
    engine.finish();
    assert.equal(engine.result(waiting).starts, 1);
  });

  test("is told before a step that computes prompts alone, and with the texts of the answers where there are any", () => {
    const { engine, atStep } = watchedEngine();
    const first = engine.submit(request([2, 3], { maxTokens: 8 }));
    assert.equal(
      atStep(() => engine.result(first).starts),
      1,
    );
    const second = engine.submit(request([4], { maxTokens: 8 }));
    assert.equal(
      atStep(() => engine.result(second).starts),
      0,
    );
    assert.equal(engine.result(second).starts, 1);
  });

  test("does not hold up who is told to go", () => {
    const { engine, atStep } = watchedEngine();
    engine.submit(request([2, 3], { maxTokens: 8 }));
    engine.engine.step();
    engine.submit(request([4], { maxTokens: 8 }));
    const refused = engine.submit(request([5], { maxWaitMs: 10 }));
    engine.nowMs = 10;
    assert.equal(
      atStep(() => codeOf(engine, refused)),
      "queue_timeout",
    );
  });

  test("is not told of what ends without a slot", () => {
    const { engine } = busyEngine();
    const waiting = engine.submit(request([4], { maxWaitMs: 0 }));
    engine.finish();
    assert.deepEqual([engine.result(waiting).starts, codeOf(engine, waiting)], [0, "queue_timeout"]);
  });
});
