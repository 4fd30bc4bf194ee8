import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chatRequest } from "#weir/api/openai/chat-request.js";
import { parseRequest } from "#weir/api/openai/parse-request.js";
import { toGenerationRequest } from "#weir/api/openai/to-generation-request.js";
import { chatBody, preparedPrompt, refusal } from "./builders.js";

const limits = { contextTokens: 100, vocabularySize: 1_000 };

function convert(fields: object, prompt = preparedPrompt()) {
  const prompted = { promptField: "messages", promptParts: "messages and tools" } as const;
  const reports = { topLogprobs: -1, scoresPrompt: false, reportsEnd: false };
  const origin = { ...prompted, randomSeed: 42, tenant: "key 0", reports };
  return toGenerationRequest(parseRequest(chatRequest, chatBody(fields)), prompt, limits, origin);
}

describe("the length of an answer", () => {
  test("is all that is left of the context where nothing is asked", () => {
    assert.equal(convert({}, preparedPrompt(30)).maxTokens, 70);
  });

  test("is max_tokens", () => {
    assert.equal(convert({ max_tokens: 5 }).maxTokens, 5);
  });

  test("is max_completion_tokens where both are there", () => {
    assert.equal(convert({ max_tokens: 5, max_completion_tokens: 6 }).maxTokens, 6);
  });

  test("may take exactly what is left", () => {
    assert.equal(convert({ max_tokens: 70 }, preparedPrompt(30)).maxTokens, 70);
  });

  test("is refused with its numbers where it does not fit", () => {
    const error = refusal(() => convert({ max_tokens: 71 }, preparedPrompt(30)));
    assert.equal(error.code, "context_length_exceeded");
    assert.equal(error.param, "messages");
    assert.match(
      error.message,
      /context length is 100 .* 30 in messages and tools and 71 in max_tokens.* at most 70/,
    );
  });

  test("is refused by its own name where no prompt would leave room for it", () => {
    for (const field of ["max_tokens", "max_completion_tokens", "n_predict"])
      assert.equal(refusal(() => convert({ [field]: 100 })).param, field);
    assert.equal(refusal(() => convert({ max_tokens: 99 })).param, "messages");
  });

  test("leaves room for one token behind the longest prompt", () => {
    assert.equal(convert({}, preparedPrompt(99)).maxTokens, 1);
  });

  test("is refused where the prompt alone fills the context", () => {
    const error = refusal(() => convert({}, preparedPrompt(100)));
    assert.equal(error.code, "context_length_exceeded");
    assert.match(
      error.message,
      /context length is 100 .* there are 100 in messages and tools alone: send at most 99\.$/,
    );
  });

  test("needs a prompt", () => {
    assert.equal(refusal(() => convert({}, preparedPrompt(0))).param, "messages");
  });
});

describe("stop strings", () => {
  test("are the request's and then the template's", () => {
    const prompt = preparedPrompt(10, { stopStrings: ["<|end|>"] });
    assert.deepEqual(convert({ stop: ["a", "b"] }, prompt).stopStrings, ["a", "b", "<|end|>"]);
  });

  test("may be one string", () => {
    assert.deepEqual(convert({ stop: "a" }).stopStrings, ["a"]);
  });
});
