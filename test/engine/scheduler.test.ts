import assert from "node:assert/strict";
import { test } from "node:test";
import { randomNumbers } from "../support/random.js";
import { lettersOf, request, TestEngine } from "./builders.js";
import { countRuns, endToken, FakeBackend, nextToken } from "./fake-backend.js";

/** What a sequence answers when nothing goes wrong. */
function answerTo(prompt: readonly number[], maxTokens: number): string {
  const history = [...prompt];
  for (let i = 0; i < maxTokens; i++) history.push(nextToken(history));
  return lettersOf(history.slice(prompt.length));
}

test("an answer has as many tokens as asked for and finishes with length", () => {
  const engine = new TestEngine(new FakeBackend());
  const id = engine.submit(request([5, 6, 7], { maxTokens: 3 }));
  engine.finish();
  assert.equal(engine.result(id).text, answerTo([5, 6, 7], 3));
  assert.equal(engine.result(id).outcome?.finishReason, "length");
});

test("the end token finishes with stop and is counted but not shown", () => {
  const engine = new TestEngine(
    new FakeBackend({ answer: (history) => (history.length === 4 ? endToken : 9) }),
  );
  const id = engine.submit(request([5, 6], { maxTokens: 10 }));
  engine.finish();
  assert.equal(engine.result(id).text, "II");
  assert.equal(engine.result(id).outcome?.finishReason, "stop");
  assert.equal(engine.result(id).outcome?.completionTokens, 3);
});

test("a stop string across two tokens ends the answer before it", () => {
  const script = [8, 9, 10, 11, 12];
  const engine = new TestEngine(new FakeBackend({ answer: (history) => script[history.length - 1] ?? 9 }));
  const id = engine.submit(request([5], { maxTokens: 10, stopStrings: ["JK"] }));
  engine.finish();
  assert.deepEqual(
    [engine.result(id).text, engine.result(id).outcome?.stopString, engine.result(id).outcome?.finishReason],
    ["HI", "JK", "stop"],
  );
});

test("more requests than slots all get their own answer", () => {
  const engine = new TestEngine(new FakeBackend({ slots: 3 }));
  const prompts = Array.from({ length: 20 }, (_, i) => [i + 2, i + 3, 40 - i]);
  const ids = prompts.map((prompt) => engine.submit(request(prompt)));
  engine.finish();
  assert.deepEqual(
    ids.map((id) => engine.result(id).text),
    prompts.map((prompt) => answerTo(prompt, 4)),
  );
});

test("every running sequence gets its row in every step while a long prompt is computed", () => {
  const backend = new FakeBackend({ slots: 2, batchTokens: 4 });
  const engine = new TestEngine(backend);
  engine.submit(request([5, 6], { maxTokens: 20 }));
  engine.engine.step();
  engine.submit(request(Array.from({ length: 12 }, (_, i) => i + 2)));
  for (let i = 0; i < 4; i++) engine.engine.step();
  assert.deepEqual(
    backend.steps.slice(1).map(({ decodeSlots, promptSlots }) => [decodeSlots.length, promptSlots.length]),
    [
      [1, 4],
      [1, 4],
      [1, 4],
      [2, 0],
    ],
  );
});

test("a prompt goes on even where the decode rows take the whole budget", () => {
  const backend = new FakeBackend({ slots: 2, batchTokens: 2 });
  const engine = new TestEngine(backend);
  engine.submit(request([5], { maxTokens: 40 }));
  engine.engine.step();
  const id = engine.submit(request([2, 3, 4, 5, 6]));
  for (let i = 0; i < 12; i++) engine.engine.step();
  assert.equal(engine.result(id).text, answerTo([2, 3, 4, 5, 6], 4));
});

test("prompts share a step oldest first as far as they fit", () => {
  const backend = new FakeBackend({ slots: 3, batchTokens: 8 });
  const engine = new TestEngine(backend);
  for (const first of [5, 15, 25]) engine.submit(request([first, first + 1, first + 2, first + 3]));
  engine.engine.step();
  assert.deepEqual(backend.steps[0]?.promptSlots, [0, 0, 0, 0, 1, 1, 1, 1]);
});

test("rows of a decode pass are consecutive slots: a small hole is padded", () => {
  const backend = new FakeBackend({ slots: 3 });
  const engine = new TestEngine(backend);
  const ids = [2, 3, 4].map((token) => engine.submit(request([token, 9], { maxTokens: 10 })));
  engine.engine.step();
  engine.engine.cancel(ids[1] ?? 0);
  engine.engine.step();
  assert.deepEqual(backend.steps.at(-1)?.decodeSlots, [0, 1, 2]);
  assert.deepEqual(backend.steps.at(-1)?.paddingSlots, [1]);
});

test("many holes are closed by moving the highest sequence down", () => {
  const backend = new FakeBackend({ slots: 12, batchTokens: 48 });
  const engine = new TestEngine(backend);
  const ids = Array.from({ length: 12 }, (_, i) => engine.submit(request([i + 2, 9], { maxTokens: 10 })));
  engine.engine.step();
  for (const id of ids.slice(1, 11)) engine.engine.cancel(id);
  engine.engine.step();
  assert.deepEqual(backend.steps.at(-1)?.decodeSlots, [0, 1]);
  engine.finish();
  assert.equal(engine.result(ids[11] ?? 0).text, answerTo([13, 9], 10));
});

test("a moved sequence leaves its prefix behind for the next request", () => {
  const engine = new TestEngine(new FakeBackend({ slots: 12, batchTokens: 48 }));
  const ids = Array.from({ length: 12 }, (_, i) =>
    engine.submit(request([i + 2, 9, 8, 7], { maxTokens: 10 })),
  );
  engine.engine.step();
  for (const id of ids.slice(1, 11)) engine.engine.cancel(id);
  engine.engine.step();
  const again = engine.submit(request([13, 9, 8, 7, 5]));
  engine.finish();
  assert.equal(engine.result(again).outcome?.cachedTokens, 4);
});

test("the next request with the same beginning computes only the rest", () => {
  const engine = new TestEngine(new FakeBackend());
  const first = engine.submit(request([5, 6, 7, 8], { maxTokens: 2 }));
  engine.finish();
  const answer = [...engine.result(first).text].map((letter) => letter.charCodeAt(0) - 0x40);
  const second = engine.submit(request([5, 6, 7, 8, ...answer, 11, 12]));
  engine.finish();
  assert.equal(engine.result(second).text, answerTo([5, 6, 7, 8, ...answer, 11, 12], 4));
  assert.equal(engine.result(second).outcome?.cachedTokens, 5);
});

test("a prompt that is cached whole still computes its last token", () => {
  const engine = new TestEngine(new FakeBackend());
  engine.submit(request([5, 6, 7]));
  engine.finish();
  const again = engine.submit(request([5, 6, 7]));
  engine.finish();
  assert.equal(engine.result(again).outcome?.cachedTokens, 2);
  assert.equal(engine.result(again).text, answerTo([5, 6, 7], 4));
});

test("a short common beginning does not take a long conversation's slot while an empty one is left", () => {
  const engine = new TestEngine(new FakeBackend());
  engine.submit(request([5, 6, 7, 8, 9, 10]));
  engine.finish();
  const other = engine.submit(request([5, 40, 41]));
  engine.finish();
  const next = engine.submit(request([5, 6, 7, 8, 9, 10, 11]));
  engine.finish();
  assert.equal(engine.result(other).outcome?.cachedTokens, 0);
  assert.equal(engine.result(next).outcome?.cachedTokens, 6);
});

for (const [when, steps] of [
  ["waits", 0],
  ["has its prompt computed", 1],
  ["decodes", 4],
] as const) {
  test(`a request cancelled while it ${when} frees its slot one step later`, () => {
    const engine = new TestEngine(new FakeBackend({ slots: 1, batchTokens: 4 }));
    const id = engine.submit(request([5, 6, 7, 8, 9, 10], { maxTokens: 30 }));
    for (let i = 0; i < steps; i++) engine.engine.step();
    engine.engine.cancel(id);
    engine.engine.step();
    assert.equal(engine.result(id).outcome?.finishReason, "cancelled");
    assert.deepEqual(engine.states(), ["idle"]);
  });
}

test("cancelling twice, or something unknown, does nothing", () => {
  const engine = new TestEngine(new FakeBackend());
  const id = engine.submit(request([5, 6]));
  engine.engine.cancel(id);
  engine.engine.cancel(id);
  engine.engine.cancel(999);
  engine.finish();
  assert.equal(engine.engine.stats().finished, 1);
});

for (const pass of ["decode", "prompt"] as const) {
  test(`a failed ${pass} pass ends its requests with an error and the slots work again`, () => {
    const backend = new FakeBackend({ slots: 2 });
    const engine = new TestEngine(backend);
    const id = engine.submit(request([5, 6, 7]));
    if (pass === "decode") engine.engine.step();
    backend.failNext = { pass, status: 1 };
    engine.finish();
    const again = engine.submit(request([5, 6, 7]));
    engine.finish();
    assert.equal(engine.result(id).outcome?.finishReason, "error");
    assert.equal(engine.result(again).text, answerTo([5, 6, 7], 4));
  });
}

test("a step that throws ends those that run and not those that wait", () => {
  const backend = new FakeBackend({ slots: 1 });
  const engine = new TestEngine(backend);
  const [running, waiting] = [engine.submit(request([5, 6, 7])), engine.submit(request([8, 9]))];
  engine.engine.step();
  backend.throwNext = new Error("device lost");
  engine.finish();
  assert.equal(engine.result(running).outcome?.failure?.message, "device lost");
  assert.equal(engine.result(waiting).text, answerTo([8, 9], 4));
});

test("a sampler that finds no token ends its request with an error", () => {
  const engine = new TestEngine(new FakeBackend({ answer: () => -1 }));
  const id = engine.submit(request([5, 6, 7]));
  engine.finish();
  assert.match(engine.result(id).outcome?.failure?.message ?? "", /no token/);
});

test("a slot that is full but for one token can still be padded", () => {
  const backend = new FakeBackend({ slots: 3, slotTokens: 8, batchTokens: 24 });
  const engine = new TestEngine(backend);
  engine.submit(request([50, 51], { maxTokens: 6 }));
  engine.submit(request([2, 3, 4, 5, 6, 7], { maxTokens: 2 }));
  engine.submit(request([52, 53], { maxTokens: 6 }));
  engine.finish();
  assert.equal(engine.engine.slotTable()[1]?.cachedTokens, 7);
  assert.ok(backend.steps.some(({ paddingSlots }) => paddingSlots.includes(1)));
});

test("a request that a slot can't hold ends at once and harms nobody", () => {
  const engine = new TestEngine(new FakeBackend({ slotTokens: 8, batchTokens: 24 }));
  const refused = [engine.submit(request([2, 3, 4, 5], { maxTokens: 5 })), engine.submit(request([]))];
  const other = engine.submit(request([2, 3, 4, 5], { maxTokens: 4 }));
  engine.finish();
  assert.deepEqual(
    refused.map((id) => engine.result(id).outcome?.finishReason),
    ["error", "error"],
  );
  assert.equal(engine.result(other).text, answerTo([2, 3, 4, 5], 4));
});

test("a request whose sampler is refused leaves its slot's cache as the slot table says", () => {
  const backend = new FakeBackend({ slots: 3, batchTokens: 24 });
  const engine = new TestEngine(backend);
  for (const token of [2, 3, 4]) engine.submit(request([token, 9, 8, 7, 6]));
  engine.finish();
  backend.refuseNextSampler = true;
  const refused = engine.submit(request([3, 9, 8, 40, 41]));
  engine.finish();
  const around = [engine.submit(request([2, 9, 8, 7, 6])), engine.submit(request([4, 9, 8, 7, 6]))];
  engine.finish();
  assert.equal(engine.result(refused).outcome?.finishReason, "error");
  assert.deepEqual(
    around.map((id) => engine.result(id).text),
    [answerTo([2, 9, 8, 7, 6], 4), answerTo([4, 9, 8, 7, 6], 4)],
  );
});

test("cancelling all ends what runs and what waits", () => {
  const engine = new TestEngine(new FakeBackend({ slots: 1 }));
  const ids = [engine.submit(request([5, 6], { maxTokens: 20 })), engine.submit(request([7, 8]))];
  engine.engine.step();
  engine.engine.cancelAll();
  assert.deepEqual(
    ids.map((id) => engine.result(id).outcome?.finishReason),
    ["cancelled", "cancelled"],
  );
  assert.ok(engine.engine.isIdle);
});

/** What the answers depend on, and what they must not depend on. */
const churns = [
  ["on a GPU's terms", {}, {}],
  ["on a CPU's terms", { rowMultiple: 4, outputsShareCost: true }, {}],
  ["with prefixes in host memory", { outputsShareCost: true }, { cacheRamBytes: 400 }],
] as const;

for (const [terms, backendOptions, schedulerOptions] of churns) {
  test(`under random churn ${terms} every answer is exact and every decode pass is dense`, () => {
    const random = randomNumbers(42);
    const backend = new FakeBackend({ slots: 16, batchTokens: 40, ...backendOptions });
    const engine = new TestEngine(backend, schedulerOptions);
    const expected = new Map<number, string>();
    for (let round = 0; round < 3000; round++) {
      if (random(3) === 0) {
        const length = 1 + random(45);
        const beginning = random(3);
        const prompt = Array.from({ length }, (_, i) => 2 + (i < 24 ? (i * beginning) % 5 : random(3)));
        const maxTokens = 1 + random(Math.min(30, 64 - length));
        const tenant = `tenant ${random(2)}`;
        expected.set(engine.submit(request(prompt, { maxTokens, tenant })), answerTo(prompt, maxTokens));
      }
      if (random(10) === 0) engine.engine.cancel(1 + random(expected.size + 1));
      engine.engine.step();
    }
    engine.finish();
    const wrong = [...expected].filter(([id, answer]) => {
      const { text, outcome } = engine.result(id);
      return outcome?.finishReason === "cancelled" ? !answer.startsWith(text) : text !== answer;
    });
    const scattered = backend.steps.filter(({ decodeSlots }) => countRuns(decodeSlots) > 1);
    assert.deepEqual([wrong.length, scattered.length, backend.samplers.size], [0, 0, 0]);
    const { sequenceMoves, paddingRows, prefixCopies, prefixRestores, savedBytes } = engine.engine.stats();
    assert.ok(sequenceMoves > 0 && paddingRows > 0 && prefixCopies > 0);
    if ("cacheRamBytes" in schedulerOptions)
      assert.ok(prefixRestores > 0 && savedBytes <= schedulerOptions.cacheRamBytes);
  });
}
