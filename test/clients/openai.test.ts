import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import OpenAI, { AuthenticationError, BadRequestError } from "openai";
import { type EchoServer, startEcho } from "../support/echo-server.js";

const apiKey = "sk-test";

describe("the openai package", () => {
  let echo: EchoServer;
  let client: OpenAI;
  before(async () => {
    echo = await startEcho({ apiKeys: [apiKey], listen: true });
    client = new OpenAI({ baseURL: `${echo.url}/v1`, apiKey, maxRetries: 0 });
  });
  after(() => echo.close());

  const says = (content: string) => ({
    model: "echo",
    messages: [{ role: "user" as const, content }],
    temperature: 0,
  });

  test("gets a whole answer", async () => {
    const { choices } = await client.chat.completions.create(says("Hello, 世界!"));
    assert.equal(choices[0]?.message.content, "Hello, 世界!");
  });

  test("gets a stream", async () => {
    let text = "";
    for await (const { choices } of await client.chat.completions.create({
      ...says("Hello, 世界!"),
      stream: true,
    })) {
      text += choices[0]?.delta.content ?? "";
    }
    assert.equal(text, "Hello, 世界!");
  });

  test("gets the usage at the end of a stream", async () => {
    const body = { ...says("hi"), stream: true as const, stream_options: { include_usage: true } };
    let last: OpenAI.ChatCompletionChunk | undefined;
    for await (const chunk of await client.chat.completions.create(body)) last = chunk;
    assert.deepEqual(last?.choices, []);
    assert.equal(typeof last?.usage?.prompt_tokens_details?.cached_tokens, "number");
  });

  test("gets reasoning_content", async () => {
    const { choices } = await client.chat.completions.create(says("¶<think>\nso\n</think>\n\nyes■"));
    assert.deepEqual(
      {
        content: choices[0]?.message.content,
        thinking: Reflect.get(choices[0]?.message ?? {}, "reasoning_content"),
      },
      { content: "yes", thinking: "so" },
    );
  });

  test("gets a completion", async () => {
    const prompt = "<|im_start|>user\nplain<|im_end|>\n<|im_start|>assistant\n";
    const { choices } = await client.completions.create({ model: "echo", prompt, temperature: 0 });
    assert.equal(choices[0]?.text, "plain");
  });

  test("lists the models", async () => {
    const { data } = await client.models.list();
    assert.deepEqual(
      data.map(({ id }) => id),
      ["echo"],
    );
  });

  test("retrieves a model, with the state that OpenAI's models do not have", async () => {
    const model = await client.models.retrieve("echo");
    assert.deepEqual([model.id, Reflect.get(model, "status")], ["echo", { value: "loaded" }]);
  });

  test("throws BadRequestError for a prompt that does not fit", async () => {
    const act = () => client.chat.completions.create(says("word ".repeat(3_000)));
    await assert.rejects(
      act,
      (error) => error instanceof BadRequestError && error.code === "context_length_exceeded",
    );
  });

  test("throws AuthenticationError for a wrong key", async () => {
    const stranger = new OpenAI({ baseURL: `${echo.url}/v1`, apiKey: "sk-wrong", maxRetries: 0 });
    await assert.rejects(
      () => stranger.models.list(),
      (error) => error instanceof AuthenticationError && error.code === "invalid_api_key",
    );
  });

  test("knows the request's id", async () => {
    const { _request_id } = await client.chat.completions.create(says("hi"));
    assert.match(_request_id ?? "", /^req_/);
  });
});
