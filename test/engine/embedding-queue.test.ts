import assert from "node:assert/strict";
import { test } from "node:test";
import { EmbeddingQueue, type TextBatch } from "#weir/engine/embedding-queue.js";
import { texts } from "./texts.js";

const limits = { batchTokens: 8, sequences: 4 };

/** `id:text` of every text of a batch. */
function names(batch: TextBatch | null): string[] {
  return (batch?.texts ?? []).map(({ id, text }) => `${id}:${text}`);
}

function queueOf(...requests: number[][]): EmbeddingQueue {
  const queue = new EmbeddingQueue(limits);
  for (const [index, lengths] of requests.entries()) queue.submit(index + 1, texts(...lengths));
  return queue;
}

test("texts of several requests fill a batch in the order in which they came", () => {
  const queue = queueOf([2, 2], [3, 2]);
  assert.deepEqual([names(queue.take()), names(queue.take())], [["1:0", "1:1", "2:0"], ["2:1"]]);
});

test("a batch holds its texts one after the other", () => {
  const queue = new EmbeddingQueue(limits);
  queue.submit(1, { tokens: Int32Array.of(5, 6, 7), ends: Int32Array.of(1, 3) });
  queue.submit(2, { tokens: Int32Array.of(8), ends: Int32Array.of(1) });
  const { tokens, ends } = queue.take() ?? {};
  assert.deepEqual([tokens, ends], [Int32Array.of(5, 6, 7, 8), Int32Array.of(1, 3, 4)]);
});

test("a text that fills a batch to its last token still fits", () => {
  assert.deepEqual(names(queueOf([5, 3]).take()), ["1:0", "1:1"]);
});

test("a text that is longer than a batch is computed alone", () => {
  const queue = queueOf([1, 20, 1]);
  assert.deepEqual(
    [names(queue.take()), names(queue.take()), names(queue.take())],
    [["1:0"], ["1:1"], ["1:2"]],
  );
});

test("a batch has no more texts than the context has sequences", () => {
  assert.deepEqual(names(queueOf([1, 1, 1, 1, 1, 1]).take()), ["1:0", "1:1", "1:2", "1:3"]);
});

test("nobody passes a text that does not fit any more", () => {
  assert.deepEqual(names(queueOf([6], [6], [1]).take()), ["1:0"]);
});

test("what is removed is in no later batch", () => {
  const queue = queueOf([6, 6], [1]);
  queue.take();
  queue.remove(1);
  assert.deepEqual([queue.length, names(queue.take()), queue.take()], [1, ["2:0"], null]);
});
