import assert from "node:assert/strict";
import { test } from "node:test";
import type { ThinkingLimit } from "#weir/engine/generation.js";
import { ThinkingCounter } from "#weir/engine/thinking-counter.js";

const [open, close, space, tagPart, word] = [1, 2, 3, 4, 5] as const;

/** How many tokens of an answer are thinking. */
function count(answer: readonly number[], changes: Partial<ThinkingLimit> = {}): number {
  const tags = { startTokens: [open], endTokens: [close], prefillTokens: [], forcedTokens: [close] };
  const limit = { ...tags, budgetTokens: -1, ...changes };
  const counter = new ThinkingCounter(limit, (token) => token === space);
  for (const token of answer) counter.accept(token);
  return counter.tokens;
}

for (const [what, answer, tokens] of [
  ["an answer without thinking has none", [word, word], 0],
  ["an empty answer has none", [], 0],
  ["the tokens between the tags are thinking", [open, word, word, close, word], 2],
  ["thinking that has not ended is thinking to its last token", [open, word, word, word], 3],
  ["an opening tag alone is none", [open], 0],
  ["tags with nothing between them hold none", [open, close, word], 0],
  ["white space before the opening tag does no harm", [space, space, open, word, close], 1],
  ["an opening tag behind text is text", [word, open, word, word, close], 0],
  [
    "white space next to the tags is not counted",
    [open, space, word, space, word, space, space, close, word],
    3,
  ],
  ["white space between the tags is no thinking", [open, space, space, close, word], 0],
  ["white space behind thinking that has not ended may be part of it", [open, space, word, space], 2],
  ["a second thought is content", [open, word, close, word, open, word, word, close], 1],
  ["an opening tag within the thinking is thinking", [open, word, open, word, close], 3],
  ["an end tag before the opening tag is text", [close, open, word], 0],
] as const) {
  test(what, () => assert.equal(count(answer), tokens));
}

test("an answer whose prompt opened the thinking thinks from its first token on", () => {
  assert.equal(count([word, word, close, word], { prefillTokens: [open] }), 2);
});

test("what the prompt has of the thinking is not the answer's", () => {
  assert.equal(count([word, close], { prefillTokens: [open, word, word] }), 1);
});

test("tags of several tokens are counted as little as others", () => {
  const tags = { startTokens: [open, tagPart], endTokens: [close, tagPart] };
  assert.equal(count([open, tagPart, word, word, close, tagPart, word], tags), 2);
});

test("white space before a tag of several tokens, and within it, is not counted", () => {
  const tags = { startTokens: [open], endTokens: [close, space, tagPart] };
  assert.equal(count([open, word, space, word, space, close, space, tagPart, word], tags), 3);
});

test("half of an opening tag is text, and so is what follows", () => {
  const tags = { startTokens: [open, tagPart], endTokens: [close] };
  assert.equal(count([open, word, open, tagPart, word], tags), 0);
  assert.equal(count([open, space, tagPart, word], tags), 0);
});

test("half of an end tag is thinking", () => {
  const tags = { startTokens: [open], endTokens: [close, tagPart] };
  assert.equal(count([open, word, close, word, close], tags), 4);
});

test("an end tag may begin again within itself", () => {
  const tags = { startTokens: [open], endTokens: [close, close, tagPart] };
  assert.equal(count([open, word, close, close, close, tagPart, word], tags), 2);
});

test("a model without tags does not think", () => {
  assert.equal(count([word, word], { startTokens: [], endTokens: [] }), 0);
});
