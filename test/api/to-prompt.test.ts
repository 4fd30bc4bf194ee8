import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chatRequest } from "#weir/api/openai/chat-request.js";
import { completionRequest } from "#weir/api/openai/completion-request.js";
import { parseRequest } from "#weir/api/openai/parse-request.js";
import { toChatPrompt, toTextPrompt } from "#weir/api/openai/to-prompt.js";
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

describe("the prompt of a completion", () => {
  for (const prompt of ["hello", ["hello"]]) {
    test(`is the text of ${JSON.stringify(prompt)}`, () => {
      const request = parseRequest(completionRequest, { prompt });
      assert.deepEqual(toTextPrompt(request), { kind: "text", text: "hello" });
    });
  }
});
