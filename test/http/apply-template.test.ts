import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { applyTemplateResponse } from "#weir/api/openai/text-responses.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chat, errorOf } from "./requests.js";

let echo: EchoServer;
before(async () => {
  echo = await startEcho({ load: { contextTokens: 512 } });
});
after(() => echo.close());

const post = (url: string, payload: object) => echo.app.inject({ method: "POST", url, payload });

async function render(body: object): Promise<string> {
  return applyTemplateResponse.parse((await post("/apply-template", body)).json()).prompt;
}

const user = (content: string) => ({ role: "user", content });
const weather = {
  type: "function",
  function: {
    name: "weather",
    description: "d",
    parameters: { type: "object", properties: { city: { type: "string" } } },
  },
};

describe("POST /apply-template answers as llama-server does to", () => {
  test("a question", async () => {
    assert.equal(
      await render({ messages: [user("hi")] }),
      "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n",
    );
  });

  test("arguments of the template", async () => {
    const messages = [{ role: "system", content: "be brief" }, user("hi")];
    assert.equal(
      await render({ messages, chat_template_kwargs: { enable_thinking: false } }),
      "<|im_start|>system\nbe brief<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
    );
  });

  test("no opening of an answer", async () => {
    assert.equal(
      await render({ messages: [user("hi")], add_generation_prompt: false }),
      "<|im_start|>user\nhi<|im_end|>\n",
    );
  });

  test("tools", async () => {
    assert.equal(
      await render({ messages: [user("weather?")], tools: [weather] }),
      '<|im_start|>system\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>\n{"type": "function", "function": {"name": "weather", "description": "d", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call><|im_end|>\n<|im_start|>user\nweather?<|im_end|>\n<|im_start|>assistant\n',
    );
  });
});

describe("POST /apply-template", () => {
  const calls = (args: string) => [
    user("weather?"),
    {
      role: "assistant",
      content: "",
      tool_calls: [{ type: "function", function: { name: "w", arguments: args } }],
    },
    { role: "tool", content: "cold" },
  ];

  test("writes a call's arguments as they were where they are no JSON", async () => {
    assert.match(
      await render({ messages: calls('{"city": "Par') }),
      /\n\{"name": "w", "arguments": \{"city": "Par\}\n/,
    );
  });

  test("writes no arguments as an empty object", async () => {
    assert.match(await render({ messages: calls("") }), /\n\{"name": "w", "arguments": \{\}\}\n/);
  });

  test("hides the tools where a chat completion does", async () => {
    assert.doesNotMatch(
      await render({ messages: [user("weather?")], tools: [weather], tool_choice: "none" }),
      /weather\b(?!\?)/,
    );
  });

  test("takes a whole body of a chat completion", async () => {
    const prompt = await render({ model: "echo", messages: [user("hi")], temperature: 0, stream: true });
    assert.match(prompt, /hi/);
  });

  test("renders what a chat completion reads", async () => {
    const prompt = await render({ messages: [user("How long is this?")], tools: [weather] });
    const { tokens } = (await post("/tokenize", { content: prompt, add_special: true })).json();
    const { usage } = await chat(echo.app, "How long is this?", { tools: [weather] });
    assert.equal(tokens.length, usage.prompt_tokens);
  });

  test("renders what would not fit a slot", async () => {
    assert.ok((await render({ messages: [user("word ".repeat(1_000))] })).length > 5_000);
  });

  test("refuses what a chat completion refuses", async () => {
    const response = await post("/apply-template", { messages: [] });
    assert.equal(response.statusCode, 400);
    assert.deepEqual([errorOf(response).code, errorOf(response).param], ["invalid_value", "messages"]);
  });

  test("refuses more tools than a slot has tokens", async () => {
    const response = await post("/apply-template", {
      messages: [user("a")],
      tools: Array.from({ length: 513 }, (_, index) => ({
        ...weather,
        function: { ...weather.function, name: `weather_${index}` },
      })),
    });
    assert.deepEqual(
      [response.statusCode, errorOf(response).code, errorOf(response).param],
      [400, "context_length_exceeded", "messages"],
    );
  });
});
