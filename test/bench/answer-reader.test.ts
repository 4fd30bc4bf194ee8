import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerReader } from "../../bench/load/answer-reader.js";

const completion = (text: string): string =>
  JSON.stringify({ choices: [{ index: 0, text, finish_reason: null }] });
const chat = (delta: object): string => JSON.stringify({ choices: [{ index: 0, delta }] });

/** When texts were seen; the payloads come one a millisecond. */
function textsOf(payloads: readonly string[]): readonly number[] {
  const reader = new AnswerReader(false);
  for (const [ms, payload] of payloads.entries()) reader.push(payload, ms);
  return reader.textsMs;
}

test("every text counts, an empty one does not", () => {
  assert.deepEqual(textsOf([completion("a"), completion(""), completion("b")]), [0, 2]);
});

test("a chat's content and its thinking count, its role does not", () => {
  const role = chat({ role: "assistant", content: "" });
  assert.deepEqual(textsOf([role, chat({ reasoning_content: "hm" }), chat({ content: "yes" })]), [1, 2]);
});

test("a quote is a text", () => {
  assert.deepEqual(textsOf([completion('"')]), [0]);
});

test("an answer that names the key of texts is one text", () => {
  assert.deepEqual(textsOf([completion('{"text":"x"}')]), [0]);
});

test("the usage is read", () => {
  const reader = new AnswerReader(false);
  const usage = {
    prompt_tokens: 9,
    completion_tokens: 4,
    prompt_tokens_details: { cached_tokens: 5 },
  };
  reader.push(JSON.stringify({ choices: [], usage }), 0);
  assert.deepEqual([reader.promptTokens, reader.completionTokens, reader.cachedTokens], [9, 4, 5]);
});

test("the end mark ends the answer", () => {
  const reader = new AnswerReader(false);
  reader.push("[DONE]", 0);
  assert.equal(reader.isDone, true);
});

test("an error within the stream is kept", () => {
  const reader = new AnswerReader(false);
  reader.push('{"error":{"message":"gone"}}', 0);
  assert.match(reader.error ?? "", /gone/);
});

test("text is kept where it is wanted, in whole characters", () => {
  const reader = new AnswerReader(true);
  const payloads = ["Grüße", ", 世界"].map((content) => chat({ content }));
  for (const payload of payloads) reader.push(Buffer.from(payload, "utf8").toString("latin1"), 0);
  assert.equal(reader.content, "Grüße, 世界");
});
