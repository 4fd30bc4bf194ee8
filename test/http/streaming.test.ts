import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatChunks, streamedContent, streamedReasoning } from "./event-text.js";
import { chat, chatBody, errorOf, postChat } from "./requests.js";

const hard = 'a "quote", a \\, a tab\t, 中文, 🦉👩‍🚀 and\na line';

describe("a chat stream", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ load: { contextTokens: 512 }, listen: true });
  });
  after(() => echo.close());

  async function stream(content: string, fields: object = {}): Promise<string> {
    return (await postChat(echo.app, chatBody(content, { stream: true, ...fields }))).body;
  }

  test("has the headers of server-sent events and the request's id", async () => {
    const { headers } = await postChat(echo.app, chatBody("hi", { stream: true }));
    assert.equal(headers["content-type"], "text/event-stream; charset=utf-8");
    assert.equal(headers["cache-control"], "no-cache");
    assert.equal(headers["x-accel-buffering"], "no");
    assert.match(String(headers["x-request-id"]), /^req_/);
  });

  test("opens with the role", async () => {
    const [first] = chatChunks(await stream("hi"));
    assert.deepEqual(first?.choices[0]?.delta, { role: "assistant", content: "" });
  });

  test("ends with the end mark", async () => {
    assert.match(await stream("hi"), /\n\ndata: \[DONE\]\n\n$/);
  });

  test("says what a whole answer says", async () => {
    const whole = await chat(echo.app, hard);
    assert.equal(streamedContent(await stream(hard)), whole.choices[0]?.message.content);
  });

  test("has a finish reason in its last chunk only", async () => {
    const reasons = chatChunks(await stream("one two")).map(({ choices }) => choices[0]?.finish_reason);
    assert.deepEqual([...new Set(reasons.slice(0, -1))], [null]);
    assert.equal(reasons.at(-1), "stop");
  });

  test("sends thinking as reasoning_content", async () => {
    const body = await stream("¶<think>\nso it is\n</think>\n\nyes■");
    assert.equal(streamedReasoning(body), "so it is");
    assert.equal(streamedContent(body), "yes");
  });

  test("ends with the usage where asked", async () => {
    const chunks = chatChunks(await stream("hi", { stream_options: { include_usage: true } }));
    const whole = await chat(echo.app, "hi");
    assert.deepEqual(chunks.at(-1)?.choices, []);
    assert.equal(chunks.at(-1)?.usage?.total_tokens, whole.usage.total_tokens);
  });

  test("answers a refused request with a status and no stream", async () => {
    const response = await postChat(echo.app, chatBody("hi", { stream: true, max_tokens: 9_999 }));
    assert.equal(response.statusCode, 400);
    assert.equal(errorOf(response).code, "context_length_exceeded");
  });

  test("sends its headers and the role before the first token", async () => {
    const body = JSON.stringify(chatBody("word ".repeat(300), { stream: true }));
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${echo.url}/v1/chat/completions`, { method: "POST", headers, body });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    await reader?.cancel();
    assert.equal(chatChunks(new TextDecoder().decode(first?.value)).length, 1);
  });
});
