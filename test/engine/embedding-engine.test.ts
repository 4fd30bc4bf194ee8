import assert from "node:assert/strict";
import { test } from "node:test";
import type { EmbeddingEvents } from "#weir/engine/embedding.js";
import { EmbeddingEngine } from "#weir/engine/embedding-engine.js";
import { FakeEmbeddingBackend } from "./fake-embedding-backend.js";
import { texts } from "./texts.js";

/** The clock stands still unless a test moves it. */
function engineOn(backend: FakeEmbeddingBackend) {
  const posted: EmbeddingEvents[] = [];
  const clock = { nowMs: 0 };
  return {
    engine: new EmbeddingEngine(
      backend,
      (events) => void posted.push(events),
      () => clock.nowMs,
    ),
    posted,
    clock,
  };
}

function finish(engine: EmbeddingEngine): void {
  while (engine.hasWork) engine.step();
}

test("a request gets its values in the order of its texts, whatever batches they were in", () => {
  const { engine, posted } = engineOn(new FakeEmbeddingBackend());
  engine.submit(7, texts(6, 5, 1));
  finish(engine);
  const outcome = { status: "done", values: Float32Array.of(1, 6, 2, 5, 3, 1) };
  assert.deepEqual(posted, [{ ids: [7], outcomes: [outcome] }]);
});

test("requests that a batch finishes come in one message", () => {
  const backend = new FakeEmbeddingBackend();
  const { engine, posted } = engineOn(backend);
  for (const id of [1, 2, 3]) engine.submit(id, texts(2));
  finish(engine);
  assert.deepEqual([backend.batches.length, posted.map(({ ids }) => ids)], [1, [[1, 2, 3]]]);
});

test("a cancelled request ends at once and its texts are not computed", () => {
  const backend = new FakeEmbeddingBackend();
  const { engine, posted } = engineOn(backend);
  engine.submit(1, texts(8, 8, 8));
  engine.step();
  engine.cancel(1);
  finish(engine);
  assert.deepEqual(posted, [{ ids: [1], outcomes: [{ status: "cancelled" }] }]);
  assert.equal(backend.batches.length, 1);
});

test("a request that no batch takes in time is refused; one of which a text was taken is not", () => {
  const { engine, posted, clock } = engineOn(new FakeEmbeddingBackend());
  engine.submit(1, { ...texts(8, 8), maxWaitMs: 10 });
  engine.submit(2, { ...texts(8), maxWaitMs: 10 });
  engine.step();
  clock.nowMs = 10;
  engine.step();
  assert.deepEqual(
    posted.flatMap(({ ids, outcomes }) => ids.map((id, index) => [id, outcomes[index]?.status])),
    [
      [2, "refused"],
      [1, "done"],
    ],
  );
});

test("an engine that drains refuses what waits and what comes, and finishes the rest", () => {
  const { engine, posted } = engineOn(new FakeEmbeddingBackend());
  engine.submit(1, texts(8, 8));
  engine.submit(2, texts(8));
  engine.step();
  engine.drain();
  engine.submit(3, texts(8));
  finish(engine);
  const refused = { status: "refused", code: "shutting_down" };
  assert.deepEqual(posted.slice(0, 2), [
    { ids: [2], outcomes: [refused] },
    { ids: [3], outcomes: [refused] },
  ]);
  assert.deepEqual(posted[2]?.outcomes[0]?.status, "done");
});

test("cancelling twice, or what is unknown, changes nothing", () => {
  const { engine, posted } = engineOn(new FakeEmbeddingBackend());
  engine.submit(1, texts(1));
  engine.cancel(1);
  engine.cancel(1);
  engine.cancel(99);
  assert.equal(posted.length, 1);
});

test("cancelling everything ends every request once", () => {
  const { engine, posted } = engineOn(new FakeEmbeddingBackend());
  for (const id of [1, 2]) engine.submit(id, texts(8, 8));
  engine.step();
  engine.cancelAll();
  assert.deepEqual([posted.flatMap(({ ids }) => ids), engine.hasWork], [[1, 2], false]);
});

test("a batch that fails ends the requests in it and no others", () => {
  const backend = new FakeEmbeddingBackend();
  backend.poison = 1;
  const { engine, posted } = engineOn(backend);
  engine.submit(1, texts(8, 8));
  engine.submit(2, { tokens: Int32Array.of(5), ends: Int32Array.of(1), maxWaitMs: 1 });
  finish(engine);
  const failure = { status: "error", errorMessage: "poisoned" };
  assert.deepEqual(posted, [
    { ids: [1], outcomes: [failure] },
    { ids: [2], outcomes: [{ status: "done", values: Float32Array.of(5, 1) }] },
  ]);
});

test("values that are no numbers fail their own request only", () => {
  const backend = new FakeEmbeddingBackend();
  const { engine, posted } = engineOn(backend);
  const embed = backend.embed.bind(backend);
  backend.embed = (tokens, ends) => embed(tokens, ends).map((value) => (value === 3 ? Number.NaN : value));
  engine.submit(1, texts(1, 3));
  engine.submit(2, texts(2));
  finish(engine);
  assert.deepEqual(
    posted.flatMap(({ outcomes }) => outcomes.map(({ status }) => status)),
    ["error", "done"],
  );
});

test("the counters tell batches, texts, tokens and what waits", () => {
  const { engine } = engineOn(new FakeEmbeddingBackend());
  engine.submit(1, texts(4, 4, 3));
  engine.step();
  assert.deepEqual(engine.stats(), { batches: 1, computedTexts: 2, computedTokens: 8, waitingTexts: 1 });
});
