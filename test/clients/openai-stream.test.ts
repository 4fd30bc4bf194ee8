import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type OpenAI from "openai";
import { callScript, script, thinkingText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { callsOf, openaiClient, userSays } from "./openai-client.js";
import { parisTime, parisWeather, romeWeather, weatherTools } from "./weather-tools.js";

describe("the openai package's stream", () => {
  let echo: EchoServer;
  let client: OpenAI;
  before(async () => {
    echo = await startEcho({ listen: true });
    client = openaiClient(echo);
  });
  after(() => echo.close());

  const callsTools = (...calls: Parameters<typeof callScript>[0]) => ({
    ...userSays(callScript(calls, "done")),
    tools: weatherTools,
  });

  async function chunksOf(body: ReturnType<typeof userSays> & object): Promise<OpenAI.ChatCompletionChunk[]> {
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of await client.chat.completions.create({ ...body, stream: true }))
      chunks.push(chunk);
    return chunks;
  }

  test("tells of the content as it grows", async () => {
    const stream = client.chat.completions.stream(userSays("piece by piece, 世界"));
    const snapshots: string[] = [];
    stream.on("content", (_delta, snapshot) => snapshots.push(snapshot));
    await stream.done();
    assert.ok(snapshots.length > 1);
    assert.equal(snapshots.at(-1), "piece by piece, 世界");
  });

  test("tells when the content is whole", async () => {
    const stream = client.chat.completions.stream(userSays("all of it"));
    const whole = stream.emitted("content.done");
    await stream.done();
    assert.equal((await whole).content, "all of it");
  });

  test("is put together to a message with its tool calls", async () => {
    const stream = client.chat.completions.stream(callsTools(parisWeather, romeWeather));
    assert.deepEqual(callsOf(await stream.finalMessage()), [parisWeather, romeWeather]);
  });

  test("ends with the reason tool_calls", async () => {
    const { choices } = await client.chat.completions.stream(callsTools(parisWeather)).finalChatCompletion();
    assert.equal(choices[0]?.finish_reason, "tool_calls");
  });

  test("tells of a call's arguments as they grow", async () => {
    const stream = client.chat.completions.stream(callsTools(romeWeather));
    let pieces = "";
    let deltas = 0;
    stream.on("tool_calls.function.arguments.delta", ({ arguments_delta }) => {
      pieces += arguments_delta;
      deltas++;
    });
    await stream.done();
    assert.ok(deltas > 2, `${deltas} deltas`);
    assert.deepEqual(JSON.parse(pieces), romeWeather.arguments);
  });

  test("tells of each call that is whole, in order", async () => {
    const stream = client.chat.completions.stream(callsTools(parisTime, parisWeather));
    const names: string[] = [];
    stream.on("tool_calls.function.arguments.done", ({ name, index }) => names.push(`${index} ${name}`));
    await stream.done();
    assert.deepEqual(names, ["0 get_time", "1 get_weather"]);
  });

  test("brings a call's id, type and name once, in its first chunk", async () => {
    const chunks = await chunksOf(callsTools(parisWeather));
    const [first, ...others] = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    assert.match(first?.id ?? "", /^call_/);
    assert.deepEqual([first?.index, first?.type, first?.function?.name], [0, "function", "get_weather"]);
    assert.deepEqual(
      others.map(({ index, id, type, function: fn }) => ({ index, id, type, name: fn?.name })),
      others.map(() => ({ index: 0, id: undefined, type: undefined, name: undefined })),
    );
  });

  test("gives every call an id of its own", async () => {
    const chunks = await chunksOf(callsTools(parisWeather, parisTime, romeWeather));
    const calls = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    const ids = calls.flatMap(({ id }) => (id === undefined ? [] : [id]));
    assert.equal(new Set(ids).size, 3);
    assert.equal(ids.length, 3);
  });

  test("does not show the text of a call as content", async () => {
    const { content } = await client.chat.completions.stream(callsTools(parisWeather)).finalMessage();
    assert.equal(content ?? "", "");
  });

  test("brings content before a call as content", async () => {
    const text = `Let me look.\n${callScript([parisWeather], "").slice(1)}`;
    const body = { ...userSays(`¶${text}`), tools: weatherTools };
    const { content, tool_calls } = await client.chat.completions.stream(body).finalMessage();
    assert.equal(content?.trim(), "Let me look.");
    assert.equal(tool_calls?.length, 1);
  });

  test("brings reasoning before content", async () => {
    const chunks = await chunksOf(userSays(script(thinkingText("so", "yes"))));
    const fields = chunks.flatMap(({ choices }) => Object.keys(choices[0]?.delta ?? {}));
    const thinking = fields.lastIndexOf("reasoning_content");
    assert.notEqual(thinking, -1);
    assert.ok(thinking < fields.lastIndexOf("content"));
  });

  test("has the same id, model and time in every chunk", async () => {
    const chunks = await chunksOf(userSays("one two three"));
    const heads = new Set(
      chunks.map(({ id, model, created, object }) => `${id} ${model} ${created} ${object}`),
    );
    assert.equal(heads.size, 1);
  });

  test("has the role in its first chunk only", async () => {
    const roles = (await chunksOf(userSays("one two three"))).map(({ choices }) => choices[0]?.delta.role);
    assert.deepEqual([roles[0], new Set(roles.slice(1))], ["assistant", new Set([undefined])]);
  });

  test("can be sent on to a browser and read there", async () => {
    const stream = client.chat.completions.stream(callsTools(parisWeather));
    const { ChatCompletionStream } = await import("openai/lib/ChatCompletionStream");
    const relayed = ChatCompletionStream.fromReadableStream(stream.toReadableStream());
    assert.equal((await relayed.finalMessage()).tool_calls?.length, 1);
  });
});
