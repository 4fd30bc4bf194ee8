import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type OpenAI from "openai";
import { callScript, script, thinkingText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { openaiClient, userSays } from "./openai-client.js";
import { parisWeather, weatherTools } from "./weather-tools.js";

type TokenLogprob = OpenAI.ChatCompletionTokenLogprob;

describe("logprobs and choices with the openai package", () => {
  let echo: EchoServer;
  let client: OpenAI;
  before(async () => {
    echo = await startEcho({ listen: true, load: { slots: 4 } });
    client = openaiClient(echo);
  });
  after(() => echo.close());

  async function logprobsOf(content: string, fields: object = {}): Promise<readonly TokenLogprob[]> {
    const { choices } = await client.chat.completions.create({
      ...userSays(content),
      logprobs: true,
      ...fields,
    });
    return choices[0]?.logprobs?.content ?? [];
  }

  test("come token by token", async () => {
    const logprobs = await logprobsOf("one two three");
    assert.ok(logprobs.length >= 3);
    assert.equal(logprobs.map(({ token }) => token).join(""), "one two three");
    assert.ok(logprobs.every(({ logprob }) => logprob <= 0 && logprob > -1));
  });

  test("have bytes that make up an emoji of several tokens", async () => {
    const logprobs = await logprobsOf("🦔🥣世");
    const bytes = logprobs.flatMap((entry) => entry.bytes ?? []);
    assert.equal(Buffer.from(bytes).toString(), "🦔🥣世");
  });

  test("have no alternatives unless asked", async () => {
    const logprobs = await logprobsOf("hi");
    assert.deepEqual(logprobs[0]?.top_logprobs, []);
  });

  test("have the likeliest alternatives, the chosen token first", async () => {
    const logprobs = await logprobsOf("one two", { top_logprobs: 20 });
    for (const { token, top_logprobs } of logprobs) {
      assert.equal(top_logprobs.length, 20);
      assert.equal(top_logprobs[0]?.token, token);
      const values = top_logprobs.map(({ logprob }) => logprob);
      assert.deepEqual(
        values,
        values.toSorted((a, b) => b - a),
      );
    }
  });

  test("are absent where they are not asked for", async () => {
    const { choices } = await client.chat.completions.create(userSays("hi"));
    assert.equal(choices[0]?.logprobs, null);
  });

  test("of a stream are those of the whole answer", async () => {
    const body = { ...userSays("one 🦔 three"), logprobs: true, top_logprobs: 2 };
    const whole = await client.chat.completions.create(body);
    const { choices } = await client.chat.completions.stream(body).finalChatCompletion();
    const tokens = (logprobs: OpenAI.ChatCompletion.Choice.Logprobs | null | undefined) =>
      logprobs?.content?.map(({ token, bytes, top_logprobs }) => ({
        token,
        bytes,
        top: top_logprobs.length,
      }));
    assert.deepEqual(tokens(choices[0]?.logprobs), tokens(whole.choices[0]?.logprobs));
  });

  test("of a stream are told of as they come", async () => {
    const stream = client.chat.completions.stream({ ...userSays("one two three"), logprobs: true });
    let tokens = "";
    stream.on("logprobs.content.delta", ({ content }) => {
      tokens += content.map(({ token }) => token).join("");
    });
    await stream.done();
    assert.equal(tokens, "one two three");
  });

  test("come with a tool call too", async () => {
    const { choices } = await client.chat.completions.create({
      ...userSays(callScript([parisWeather], "")),
      tools: weatherTools,
      logprobs: true,
    });
    assert.equal(choices[0]?.finish_reason, "tool_calls");
    assert.ok(choices[0]?.logprobs !== undefined);
  });

  test("come with thinking too", async () => {
    const logprobs = await logprobsOf(script(thinkingText("so", "yes")));
    assert.ok(logprobs.some(({ token }) => token === "yes"));
  });

  test("choices are as many as n, in order", async () => {
    const { choices } = await client.chat.completions.create({ ...userSays("again"), n: 3 });
    assert.deepEqual(
      choices.map(({ index, message, finish_reason }) => [index, message.content, finish_reason]),
      [0, 1, 2].map((index) => [index, "again", "stop"]),
    );
  });

  test("the prompt of n choices counts once, their tokens all", async () => {
    const one = await client.chat.completions.create({ ...userSays("counted"), n: 1 });
    const { usage } = await client.chat.completions.create({ ...userSays("counted"), n: 3 });
    assert.equal(usage?.prompt_tokens, one.usage?.prompt_tokens);
    assert.equal(usage?.completion_tokens, 3 * (one.usage?.completion_tokens ?? 0));
  });

  test("streamed choices are put together by their index", async () => {
    const stream = client.chat.completions.stream({ ...userSays("one two three"), n: 3 });
    const { choices } = await stream.finalChatCompletion();
    assert.deepEqual(
      choices.map(({ message }) => message.content),
      ["one two three", "one two three", "one two three"],
    );
  });

  test("n choices with tools are all calls, each with its own id", async () => {
    const { choices } = await client.chat.completions.create({
      ...userSays(callScript([parisWeather], "")),
      tools: weatherTools,
      n: 2,
    });
    const ids = choices.map(({ message }) => message.tool_calls?.[0]?.id);
    assert.equal(new Set(ids).size, 2);
  });

  test("of a prompt come with echo, as an evaluation harness asks for them", async () => {
    const { data } = await client.models.list();
    const { choices, usage } = await client.completions.create({
      model: data[0]?.id ?? "",
      prompt: [
        [785, 1360, 374],
        [785, 1360],
      ],
      temperature: 0,
      max_tokens: 1,
      logprobs: 1,
      seed: 1234,
      echo: true,
    });
    const lists = choices.map(({ logprobs }) => logprobs?.token_logprobs ?? []);
    assert.deepEqual(
      lists.map((list) => list.length),
      [4, 3],
    );
    // lm-evaluation-harness, parse_logprobs: what stands before the answer's one token, from the continuation's beginning on.
    for (const [index, { logprobs, text }] of choices.entries()) {
      const continuation = (lists[index] ?? []).slice(1, -1);
      assert.ok(continuation.every((logprob) => Number.isFinite(logprob) && logprob <= 0));
      assert.ok(logprobs?.top_logprobs?.slice(1, -1).every((top) => Object.values(top).length > 0));
      assert.ok(text.startsWith("The aw"));
    }
    assert.deepEqual([usage?.prompt_tokens, usage?.completion_tokens], [5, 2]);
  });

  test("decide which of best_of answers is returned", async () => {
    const { choices, usage } = await client.completions.create({
      model: "echo",
      prompt: "The weir",
      temperature: 1,
      max_tokens: 4,
      best_of: 3,
    });
    assert.equal(choices.length, 1);
    assert.ok((usage?.completion_tokens ?? 0) >= 3);
  });
});
