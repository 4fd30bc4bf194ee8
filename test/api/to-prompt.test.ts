import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chatRequest } from "#weir/api/openai/chat-request.js";
import { completionRequest } from "#weir/api/openai/completion-request.js";
import { parseRequest } from "#weir/api/openai/parse-request.js";
import { toChatPrompt, toTextPrompts } from "#weir/api/openai/to-prompt.js";
import { chatBody } from "./builders.js";

const tool = { type: "function", function: { name: "weather" } };

function prompt(fields: object) {
  return toChatPrompt(parseRequest(chatRequest, chatBody(fields)));
}

describe("the prompt of a chat", () => {
  test("shows the tools to the template", () => {
    assert.deepEqual(prompt({ tools: [tool] }).tools, [tool]);
  });

  test("hides the tools where none may be called", () => {
    assert.deepEqual(prompt({ tools: [tool], tool_choice: "none" }).tools, []);
  });

  test("hands chat_template_kwargs to the template", () => {
    const fields = { chat_template_kwargs: { enable_thinking: false } };
    assert.deepEqual(prompt(fields).templateArguments, { enable_thinking: false });
  });

  test("hands reasoning_effort to the template", () => {
    assert.deepEqual(prompt({ reasoning_effort: "low" }).templateArguments, { reasoning_effort: "low" });
  });

  test("turns thinking off for the effort none", () => {
    assert.deepEqual(prompt({ reasoning_effort: "none" }).templateArguments, { enable_thinking: false });
  });
});

describe("the prompts of a completion", () => {
  const cases: readonly [prompt: unknown, texts: readonly unknown[]][] = [
    ["hello", ["hello"]],
    [["hello"], ["hello"]],
    [
      ["a", "b"],
      ["a", "b"],
    ],
    [[1, 2], [[1, 2]]],
    [
      [[1], [2, 3]],
      [[1], [2, 3]],
    ],
  ];
  for (const [prompt, texts] of cases) {
    test(`of ${JSON.stringify(prompt)} are ${JSON.stringify(texts)}`, () => {
      const prompts = toTextPrompts(parseRequest(completionRequest, { prompt }));
      assert.deepEqual(
        prompts.map(({ text }) => text),
        texts,
      );
    });
  }
});
