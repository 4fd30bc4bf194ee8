import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chatResponse, completionResponse } from "#weir/api/openai/responses.js";
import { toChatResponse } from "#weir/api/openai/to-chat-response.js";
import { toCompletionResponse } from "#weir/api/openai/to-completion-response.js";
import { answer, identity, style } from "./builders.js";

function message(text: string) {
  return toChatResponse(identity, style, [answer(text)]).choices[0]?.message;
}

describe("a whole answer", () => {
  test("of a chat is what its schema says", () => {
    const response = toChatResponse(identity, style, [answer("<think>a</think>b")]);
    assert.deepEqual(chatResponse.parse(response), response);
  });

  test("of a completion is what its schema says", () => {
    const response = toCompletionResponse(identity, [answer("a")], {});
    assert.deepEqual(completionResponse.parse(response), response);
  });

  test("tells thinking from content", () => {
    const { content, reasoning_content } = message("<think>\nso\n</think>\n\nhello") ?? {};
    assert.deepEqual({ content, reasoning_content }, { content: "hello", reasoning_content: "so" });
  });

  test("has no reasoning_content where the model did not think", () => {
    assert.equal(Object.hasOwn(message("hello") ?? {}, "reasoning_content"), false);
  });

  test("says how much of the prompt was cached", () => {
    const { usage } = toChatResponse(identity, style, [answer("a", { promptTokens: 9, cachedTokens: 7 })]);
    assert.equal(usage.prompt_tokens_details.cached_tokens, 7);
  });

  test("says length where it was cut", () => {
    const response = toChatResponse(identity, style, [answer("a", { finishReason: "length" })]);
    assert.equal(response.choices[0]?.finish_reason, "length");
  });
});
