import assert from "node:assert/strict";
import { test } from "node:test";
import { request, TestEngine } from "./builders.js";
import { FakeBackend } from "./fake-backend.js";

/** A common beginning that is long enough to be copied, waited for and saved. */
const beginning = Array.from({ length: 40 }, (_, i) => 2 + (i % 7));

test("a beginning in a busy slot is copied, and the donor goes on undisturbed", () => {
  const backend = new FakeBackend({ batchTokens: 64 });
  const engine = new TestEngine(backend);
  const alone = new TestEngine(new FakeBackend({ batchTokens: 64 }));
  const donor = engine.submit(request([...beginning, 50], { maxTokens: 15 }));
  const reference = alone.submit(request([...beginning, 50], { maxTokens: 15 }));
  engine.engine.step();
  const copy = engine.submit(request([...beginning, 51]));
  engine.finish();
  alone.finish();
  assert.equal(engine.result(copy).outcome?.cachedTokens, beginning.length);
  assert.equal(engine.result(donor).text, alone.result(reference).text);
});

test("of requests that come together with one beginning, one computes it", () => {
  const backend = new FakeBackend({ slots: 8, batchTokens: 64 });
  const engine = new TestEngine(backend);
  for (let i = 0; i < 8; i++) engine.submit(request([...beginning, 40 + i]));
  engine.finish();
  const { promptTokens, reusedTokens } = engine.engine.stats();
  assert.equal(promptTokens - reusedTokens, beginning.length + 8);
});

test("who waits for a beginning lets others pass", () => {
  const backend = new FakeBackend({ batchTokens: 8 });
  const engine = new TestEngine(backend);
  engine.submit(request([...beginning, 40]));
  engine.submit(request([...beginning, 41]));
  engine.submit(request([60, 61]));
  engine.engine.step();
  assert.deepEqual(engine.states(), ["prompt", "prompt", "idle", "idle"]);
});

test("where the one who computes a beginning is cancelled, another one does", () => {
  const engine = new TestEngine(new FakeBackend({ batchTokens: 8 }));
  const first = engine.submit(request([...beginning, 40]));
  const second = engine.submit(request([...beginning, 41]));
  engine.engine.step();
  engine.engine.cancel(first);
  engine.finish();
  assert.equal(engine.result(second).outcome?.finishReason, "length");
});

test("another tenant's beginning is computed anew", () => {
  const engine = new TestEngine(new FakeBackend({ batchTokens: 64 }));
  engine.submit(request([...beginning, 40], { tenant: "a" }));
  engine.finish();
  const id = engine.submit(request([...beginning, 40], { tenant: "b" }));
  engine.finish();
  assert.equal(engine.result(id).outcome?.cachedTokens, 0);
});

test("a beginning that is computed faster than copied is computed", () => {
  const backend = new FakeBackend({ batchTokens: 64, copyMs: 1000 });
  const engine = new TestEngine(backend);
  const step = backend.step.bind(backend);
  backend.step = (plan, onDecoded) => {
    engine.nowMs += 10;
    return step(plan, onDecoded);
  };
  engine.submit(request([...beginning, 40], { maxTokens: 15 }));
  engine.engine.step();
  const id = engine.submit(request([...beginning, 41]));
  engine.finish();
  assert.equal(engine.result(id).outcome?.cachedTokens, 0);
});

test("a conversation goes on in whatever slot is free", () => {
  const backend = new FakeBackend({ slots: 2, batchTokens: 64 });
  const engine = new TestEngine(backend, { cacheRamBytes: 1000 });
  const turn = (tail: number[]): number => engine.submit(request([...beginning, ...tail], { maxTokens: 2 }));
  turn([50]);
  engine.finish();
  // Both slots are taken by others meanwhile.
  for (const token of [60, 61, 62, 63]) engine.submit(request([token, ...beginning]));
  engine.finish();
  const next = turn([50, 51, 52]);
  engine.finish();
  assert.equal(engine.result(next).outcome?.cachedTokens, beginning.length + 1);
  assert.equal(engine.engine.stats().prefixRestores, 1);
});

test("host memory stays within its limit, and forgets what was not used for the longest time", () => {
  const backend = new FakeBackend({ slots: 1, batchTokens: 64 });
  const engine = new TestEngine(backend, { cacheRamBytes: 100 });
  for (const token of [60, 61, 62]) {
    engine.submit(request([token, ...beginning], { maxTokens: 1 }));
    engine.finish();
  }
  const { savedBytes, savedPrefixes } = engine.engine.stats();
  assert.deepEqual([savedBytes, savedPrefixes, backend.savedKeys.length], [82, 2, 2]);
});

test("a pass that fails after a copy ends its own requests and nothing else", () => {
  const backend = new FakeBackend({ batchTokens: 64 });
  const engine = new TestEngine(backend, { cacheRamBytes: 1000 });
  engine.submit(request([...beginning, 50], { maxTokens: 10 }));
  engine.engine.step();
  const copy = engine.submit(request([...beginning, 51, 52]));
  backend.failNext = { pass: "prompt", status: 1 };
  backend.slotBytes = () => {
    throw new Error("not now");
  };
  engine.finish();
  const again = engine.submit(request([...beginning, 51, 52]));
  engine.finish();
  assert.deepEqual(
    [copy, again].map((id) => engine.result(id).outcome?.finishReason),
    ["error", "length"],
  );
});

test("a short prompt with the template's head in common does not take a conversation's slot", () => {
  const engine = new TestEngine(new FakeBackend({ batchTokens: 64 }));
  engine.submit(request([...beginning.slice(0, 12), ...beginning, 50]));
  engine.finish();
  engine.submit(request([...beginning.slice(0, 12), 60, 61]));
  engine.finish();
  const next = engine.submit(request([...beginning.slice(0, 12), ...beginning, 50, 51]));
  engine.finish();
  assert.equal(engine.result(next).outcome?.cachedTokens, 53);
});

test("a slot that can't be saved is no failure", () => {
  const backend = new FakeBackend({ slots: 1, batchTokens: 64 });
  backend.saveSlot = () => {
    throw new Error("out of memory");
  };
  const engine = new TestEngine(backend, { cacheRamBytes: 1000 });
  const id = engine.submit(request([60, ...beginning]));
  engine.finish();
  assert.equal(engine.result(id).outcome?.finishReason, "length");
  assert.equal(engine.engine.stats().savedBytes, 0);
});

test("slots that become idle in one step are all saved before others take them", () => {
  const backend = new FakeBackend({ slots: 4, batchTokens: 256 });
  const engine = new TestEngine(backend, { cacheRamBytes: 10_000 });
  const save = backend.saveSlot.bind(backend);
  backend.saveSlot = (slot, key) => {
    engine.nowMs += 50; // far beyond what a step may spend on saving
    return save(slot, key);
  };
  const cachedOfWave = (first: number): (number | undefined)[] => {
    const ids = [0, 1, 2, 3].map((i) => engine.submit(request([first + i, ...beginning])));
    engine.finish();
    return ids.map((id) => engine.result(id).outcome?.cachedTokens);
  };
  cachedOfWave(10);
  cachedOfWave(20);
  assert.deepEqual(cachedOfWave(10), [40, 40, 40, 40]);
});

test("a stranger with the same system prompt leaves a conversation its slot while others are empty", () => {
  const backend = new FakeBackend({ slots: 4, slotTokens: 600, batchTokens: 600 });
  const engine = new TestEngine(backend);
  const system = Array.from({ length: 300 }, (_, i) => 2 + (i % 7));
  const conversation = [...system, ...Array.from({ length: 200 }, (_, i) => 20 + (i % 9))];
  const cachedOf = (prompt: readonly number[]): number | undefined => {
    const id = engine.submit(request(prompt));
    engine.finish();
    return engine.result(id).outcome?.cachedTokens;
  };
  cachedOf(conversation);
  cachedOf([...system, ...Array.from({ length: 50 }, (_, i) => 40 + (i % 5))]);
  assert.equal(cachedOf([...conversation, 60, 61]), conversation.length);
});

/** Two conversations in two slots; the first one was asked last. Then it comes with a prompt that was written anew. */
function rewrite(conversation: string, other: string): { readonly cachedOfOther: number | undefined } {
  const engine = new TestEngine(new FakeBackend({ slots: 2, batchTokens: 64 }));
  const ask = (first: number, name: string): number => {
    const id = engine.submit(request([first, ...beginning], { conversation: name, maxTokens: 1 }));
    engine.finish();
    return id;
  };
  ask(61, other);
  ask(60, conversation);
  ask(62, conversation);
  return { cachedOfOther: engine.result(ask(61, other)).outcome?.cachedTokens };
}

test("a conversation whose prompt was written anew takes over its own slot", () => {
  assert.equal(rewrite("mine", "other").cachedOfOther, beginning.length);
});

test("without a name it takes the slot that was not used for the longest time", () => {
  assert.equal(rewrite("", "").cachedOfOther, 0);
});

test("a name that several slots go by says nothing about them", () => {
  assert.equal(rewrite("app", "app").cachedOfOther, 0);
});

test("a name of another tenant is another one", () => {
  const engine = new TestEngine(new FakeBackend({ slots: 2, batchTokens: 64 }));
  const ask = (first: number, tenant: string): number => {
    const id = engine.submit(request([first, ...beginning], { conversation: "same", tenant, maxTokens: 1 }));
    engine.finish();
    return id;
  };
  ask(60, "one");
  ask(61, "two");
  ask(62, "two");
  assert.equal(engine.result(ask(60, "one")).outcome?.cachedTokens, beginning.length);
});
