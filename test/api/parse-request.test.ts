import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chatRequest } from "#weir/api/openai/chat-request.js";
import { completionRequest } from "#weir/api/openai/completion-request.js";
import { parseRequest, unknownFields } from "#weir/api/openai/parse-request.js";
import { chatBody, refusal } from "./builders.js";

const user = (content: unknown) => ({ messages: [{ role: "user", content }] });
const image = { type: "image_url", image_url: { url: "data:," } };

const refusedChats: readonly [body: unknown, param: string | null, message: RegExp][] = [
  [[], null, /^The request body must be an object, got an array\.$/],
  [undefined, null, /^The request body is required and must be an object\.$/],
  [{}, "messages", /^messages is required and must be an array\.$/],
  [{ messages: [] }, "messages", /must not be empty/],
  [{ messages: [5] }, "messages[0]", /must be an object, got 5/],
  [{ messages: [{ role: "bob" }] }, "messages[0].role", /"system", .*"tool", got "bob"/],
  [user(4), "messages[0].content", /must be a string or an array, got 4/],
  [user(null), "messages[0].content", /must be a string or an array, got null/],
  [
    user([{ type: "text", text: "a" }, image]),
    "messages[0].content[1]",
    /part of type "image_url": .*"text"/,
  ],
  [user([{ type: "text" }]), "messages[0].content[0].text", /is required and must be a string/],
  [{ messages: [{ role: "assistant", content: null }] }, "messages[0].content", /no tool_calls/],
  [chatBody({ temperature: 3 }), "temperature", /^temperature must be at most 2, got 3\.$/],
  [chatBody({ temperature: "0.7" }), "temperature", /must be a number, got "0\.7"/],
  [chatBody({ top_p: 1.1 }), "top_p", /at most 1/],
  [chatBody({ top_k: 1.5 }), "top_k", /must be an integer, got 1\.5/],
  [chatBody({ seed: 0.5 }), "seed", /must be an integer/],
  [chatBody({ presence_penalty: -3 }), "presence_penalty", /at least -2/],
  [chatBody({ repetition_penalty: 0 }), "repetition_penalty", /0\.001/],
  [chatBody({ repeat_penalty: 1e-50 }), "repeat_penalty", /0\.001/],
  [chatBody({ top_k: 2 ** 31 }), "top_k", /2147483647/],
  [chatBody({ repeat_last_n: 2 ** 31 }), "repeat_last_n", /2147483647/],
  [chatBody({ max_tokens: 0 }), "max_tokens", /at least 1, got 0/],
  [chatBody({ max_completion_tokens: -1 }), "max_completion_tokens", /at least 1, got -1/],
  [chatBody({ stop: "" }), "stop", /must not be empty/],
  [chatBody({ stop: ["a", ""] }), "stop[1]", /must not be empty/],
  [chatBody({ stop: Array(17).fill("a") }), "stop", /at most 16 entries, got 17/],
  [chatBody({ stop: 5 }), "stop", /must be a string or an array, got 5/],
  [chatBody({ logit_bias: { 5: 101 } }), "logit_bias.5", /at most 100/],
  [chatBody({ stream: "yes" }), "stream", /must be true or false/],
  [chatBody({ n: 0 }), "n", /at least 1/],
  [chatBody({ n_predict: 0 }), "n_predict", /must be -1 or an integer of at least 1, got 0/],
  [chatBody({ n_predict: -2 }), "n_predict", /must be -1 or an integer of at least 1, got -2/],
  [chatBody({ user: "u".repeat(513) }), "user", /must have at most 512 characters, got 513\.$/],
  [chatBody({ response_format: { type: "xml" } }), "response_format.type", /"json_schema".*got "xml"/],
  [chatBody({ response_format: { type: "json_schema" } }), "response_format.json_schema", /required/],
  [chatBody({ top_logprobs: 2 }), "top_logprobs", /set logprobs to true/],
  [chatBody({ logprobs: true, top_logprobs: 21 }), "top_logprobs", /at most 20/],
  [chatBody({ tool_choice: "any" }), "tool_choice", /must be "none", "auto", "required" or/],
  [chatBody({ tool_choice: { type: "function" } }), "tool_choice", /must be "none", "auto", "required" or/],
  [chatBody({ reasoning_effort: "very" }), "reasoning_effort", /"minimal".*got "very"/],
  [chatBody({ thinking_budget_tokens: -2 }), "thinking_budget_tokens", /at least -1/],
  [chatBody({ stop_token_ids: [-1] }), "stop_token_ids[0]", /at least 0/],
  [chatBody({ tools: [{ type: "web" }] }), "tools[0]", /must be of type "function"/],
  [chatBody({ functions: [] }), "functions", /pass tools/],
  [chatBody({ modalities: ["audio"] }), "modalities[0]", /not supported/],
];

const refusedCompletions: readonly [body: object, param: string][] = [
  [{}, "prompt"],
  [{ prompt: [] }, "prompt"],
  [{ prompt: [[]] }, "prompt[0]"],
  [{ prompt: [1, "a"] }, "prompt"],
  [{ prompt: [1.5] }, "prompt"],
  [{ prompt: "a", best_of: 2, n: 3 }, "best_of"],
  [{ prompt: "a", best_of: 2, stream: true }, "best_of"],
  [{ prompt: "a", max_tokens: 0 }, "max_tokens"],
  [{ prompt: "a", echo: true, logprobs: 1, suffix: "b" }, "suffix"],
  [{ prompt: "a", echo: 1 }, "echo"],
  [{ prompt: "a", suffix: 1 }, "suffix"],
  [{ prompt: "a", logprobs: true }, "logprobs"],
];

const acceptedChats: readonly [name: string, body: object][] = [
  [
    "nulls for what was not set",
    chatBody({ stop: null, tools: null, max_tokens: null, stream_options: null, n: null }),
  ],
  ["content in text parts", user([{ type: "text", text: "a" }])],
  [
    "an assistant that only called tools",
    {
      messages: [
        {
          role: "assistant",
          content: null,
          tool_calls: [{ type: "function", function: { name: "f", arguments: "{}" } }],
        },
      ],
    },
  ],
  ["the developer role", { messages: [{ role: "developer", content: "be kind" }] }],
  ["a request without a model", { messages: [{ role: "user", content: "a" }] }],
  ["a text response format", chatBody({ response_format: { type: "text" } })],
  ["fields of other servers", chatBody({ metadata: { a: "b" }, user: "u", guided_choice: ["a"] })],
];

describe("reading a request", () => {
  for (const [body, param, message] of refusedChats) {
    test(`names ${param ?? "the body"} in ${JSON.stringify(body)?.slice(0, 90)}`, () => {
      const error = refusal(() => parseRequest(chatRequest, body));
      assert.equal(error.param, param);
      assert.match(error.message, message);
    });
  }

  for (const [body, param] of refusedCompletions) {
    test(`names ${param} in the completion ${JSON.stringify(body)}`, () => {
      assert.equal(refusal(() => parseRequest(completionRequest, body)).param, param);
    });
  }

  for (const [name, body] of acceptedChats) {
    test(`accepts ${name}`, () => {
      assert.doesNotThrow(() => parseRequest(chatRequest, body));
    });
  }

  test("keeps a message's fields that only the template knows", () => {
    const body = chatBody({ messages: [{ role: "user", content: "a", name: "Ann" }] });
    assert.deepEqual(parseRequest(chatRequest, body).messages, [{ role: "user", content: "a", name: "Ann" }]);
  });

  test("says all in one line", () => {
    assert.doesNotMatch(refusal(() => parseRequest(chatRequest, chatBody({ seed: "a\nb" }))).message, /\n/);
  });

  test("finds the fields that nobody knows", () => {
    assert.deepEqual(unknownFields(chatRequest, chatBody({ guided_choice: [], top_p: 1 })), [
      "guided_choice",
    ]);
  });
});
