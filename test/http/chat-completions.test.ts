import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chat, chatBody, contentOf, errorOf, postChat } from "./requests.js";

describe("POST /v1/chat/completions", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ load: { contextTokens: 512 } });
  });
  after(() => echo.close());

  test("answers with the echo of the message", async () => {
    assert.equal(await contentOf(echo.app, "Hello, 世界 🦉!"), "Hello, 世界 🦉!");
  });

  test("answers without the /v1 prefix", async () => {
    const response = await echo.app.inject({
      method: "POST",
      url: "/chat/completions",
      payload: chatBody("hi"),
    });
    assert.equal(response.statusCode, 200);
  });

  test("reads content in text parts", async () => {
    const messages = [{ role: "user", content: [{ type: "text", text: "in parts" }] }];
    assert.equal(await contentOf(echo.app, "", { messages }), "in parts");
  });

  test("serves the only model where none is named", async () => {
    assert.equal(await contentOf(echo.app, "hi", { model: undefined }), "hi");
  });

  test("ends with finish_reason stop", async () => {
    assert.equal((await chat(echo.app, "hi")).choices[0]?.finish_reason, "stop");
  });

  test("ends with finish_reason length after max_tokens", async () => {
    const answer = await chat(echo.app, "one two three four five six", { max_tokens: 3 });
    assert.equal(answer.choices[0]?.finish_reason, "length");
    assert.equal(answer.usage.completion_tokens, 3);
  });

  test("stops before a stop string", async () => {
    assert.equal(await contentOf(echo.app, "one two three", { stop: [" three"] }), "one two");
  });

  test("puts thinking into reasoning_content", async () => {
    const answer = await chat(echo.app, "¶<think>\nso it is\n</think>\n\nyes■");
    const { content, reasoning_content } = answer.choices[0]?.message ?? {};
    assert.deepEqual({ content, reasoning_content }, { content: "yes", reasoning_content: "so it is" });
  });

  test("counts the tokens of prompt and answer", async () => {
    const { usage } = await chat(echo.app, "hi");
    assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  });

  test("says how many prompt tokens were cached in the next turn", async () => {
    const first = await chat(echo.app, "the first of two turns");
    const messages = [
      { role: "user", content: "the first of two turns" },
      first.choices[0]?.message,
      { role: "user", content: "the second" },
    ];
    const second = await chat(echo.app, "", { messages });
    assert.ok(second.usage.prompt_tokens_details.cached_tokens >= first.usage.prompt_tokens - 1);
  });

  test("refuses a prompt that does not fit with its numbers", async () => {
    const response = await postChat(echo.app, chatBody("word ".repeat(600)));
    const { code, message } = errorOf(response);
    assert.equal(response.statusCode, 400);
    assert.equal(code, "context_length_exceeded");
    assert.match(
      message,
      /context length is 512 tokens.*there are \d{3,} in messages alone: send at most 511\./,
    );
  });

  test("refuses a max_tokens that does not fit", async () => {
    const response = await postChat(echo.app, chatBody("hi", { max_tokens: 512 }));
    assert.equal(errorOf(response).code, "context_length_exceeded");
  });

  test("accepts a field that nobody knows", async () => {
    assert.equal(await contentOf(echo.app, "hi", { guided_choice: ["a"] }), "hi");
  });
});
