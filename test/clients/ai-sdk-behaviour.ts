import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  APICallError,
  generateObject,
  generateText,
  hasToolCall,
  type LanguageModel,
  Output,
  stepCountIs,
  streamObject,
  streamText,
  tool,
} from "ai";
import { z } from "zod";
import { callScript, script, toolCallText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { slotsAreIdle } from "./openai-client.js";
import { parisTime, parisWeather, romeWeather } from "./weather-tools.js";

const city = z.object({ city: z.string(), unit: z.enum(["celsius", "fahrenheit"]).optional() });
const person = z.object({ name: z.string(), age: z.int(), tags: z.array(z.string()) });
const ada = { name: "Ada 世界", age: 36, tags: ["math", "poetry"] };

/** What the `ai` package does with either provider: tests, to be called inside of `describe`. */
export function aiSdkTests(modelOf: (echo: EchoServer) => LanguageModel): void {
  let echo: EchoServer;
  let model: LanguageModel;
  before(async () => {
    echo = await startEcho({ listen: true });
    model = modelOf(echo);
  });
  after(() => echo.close());

  const asks = (prompt: string) => ({ model, prompt, temperature: 0, maxRetries: 0 });
  const tools = {
    get_weather: tool({ inputSchema: city, execute: async ({ city }) => `3 degrees in ${city}` }),
    get_time: tool({ inputSchema: city, execute: async () => script(toolCallText(romeWeather)) }),
  };

  test("generates text", async () => {
    const { text, finishReason } = await generateText(asks("Hello, 世界!"));
    assert.deepEqual([text, finishReason], ["Hello, 世界!", "stop"]);
  });

  test("streams text", async () => {
    const pieces: string[] = [];
    const { textStream } = streamText(asks("one two three four"));
    for await (const piece of textStream) pieces.push(piece);
    assert.ok(pieces.length > 1);
    assert.equal(pieces.join(""), "one two three four");
  });

  test("stops at the token limit and says so", async () => {
    const { finishReason } = await generateText({ ...asks("one two three four five"), maxOutputTokens: 2 });
    assert.equal(finishReason, "length");
  });

  test("stops at a stop sequence", async () => {
    const { text } = await generateText({ ...asks("one two three"), stopSequences: [" three"] });
    assert.equal(text, "one two");
  });

  test("counts the tokens of a text", async () => {
    const { usage } = await generateText(asks("counted"));
    assert.ok((usage.inputTokens ?? 0) > 0 && (usage.outputTokens ?? 0) > 0);
    assert.equal(usage.totalTokens, (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0));
  });

  test("counts the tokens of a stream, those from the cache too", async () => {
    await generateText(asks("counted twice"));
    const { usage } = streamText(asks("counted twice"));
    const { inputTokens, inputTokenDetails, outputTokens } = await usage;
    assert.equal(inputTokenDetails.cacheReadTokens, (inputTokens ?? 0) - 1);
    assert.ok((outputTokens ?? 0) > 0);
  });

  test("gets a call of a tool that it does not run", async () => {
    const { toolCalls, finishReason } = await generateText({
      ...asks(callScript([parisWeather], "")),
      tools: { get_weather: tool({ inputSchema: city }) },
    });
    assert.deepEqual(
      toolCalls.map(({ toolName, input }) => ({ name: toolName, arguments: input })),
      [parisWeather],
    );
    assert.equal(finishReason, "tool-calls");
  });

  test("runs a tool and goes on with its result", async () => {
    const { text, steps } = await generateText({
      ...asks(callScript([parisWeather, romeWeather], "Cold, both.")),
      tools,
      stopWhen: stepCountIs(5),
    });
    assert.equal(text, "Cold, both.");
    assert.deepEqual(
      steps[0]?.toolResults.map(({ output }) => output),
      ["3 degrees in Paris", "3 degrees in Rome"],
    );
  });

  test("streams three steps, the second call being made of the first result", async () => {
    const result = streamText({
      ...asks(script(toolCallText(parisTime))),
      tools,
      stopWhen: stepCountIs(5),
    });
    const parts: string[] = [];
    for await (const { type } of result.fullStream) parts.push(type);
    assert.deepEqual(
      parts.filter((type) => type === "tool-call" || type === "tool-result" || type === "error"),
      ["tool-call", "tool-result", "tool-call", "tool-result"],
    );
    // With the line break that Qwen's template puts behind a tool's answer.
    assert.equal((await result.text).trimEnd(), "3 degrees in Rome");
  });

  test("sees a tool's input while it is streamed", async () => {
    const { fullStream } = streamText({ ...asks(callScript([romeWeather], "")), tools });
    let input = "";
    let deltas = 0;
    for await (const part of fullStream) {
      if (part.type !== "tool-input-delta") continue;
      input += part.delta;
      deltas++;
    }
    assert.ok(deltas > 1, `${deltas} deltas`);
    assert.deepEqual(JSON.parse(input), romeWeather.arguments);
  });

  test("requires a call, and of one tool", async () => {
    const { toolCalls } = await generateText({
      ...asks(callScript([parisTime], "")),
      tools,
      toolChoice: { type: "tool", toolName: "get_time" },
      stopWhen: hasToolCall("get_time"),
    });
    assert.deepEqual(
      toolCalls.map(({ toolName }) => toolName),
      ["get_time"],
    );
  });

  test("generates an object", async () => {
    const { object } = await generateObject({ ...asks(script(JSON.stringify(ada))), schema: person });
    assert.deepEqual(object, ada);
  });

  test("streams an object", async () => {
    const result = streamObject({ ...asks(script(JSON.stringify(ada))), schema: person });
    let partial = 0;
    for await (const _ of result.partialObjectStream) partial++;
    assert.ok(partial > 1);
    assert.deepEqual(await result.object, ada);
  });

  // The newer way: generateObject and streamObject are deprecated from version 6 on.
  test("generates text whose output is an object", async () => {
    const { output } = await generateText({
      ...asks(script(JSON.stringify(ada))),
      output: Output.object({ schema: person }),
    });
    assert.deepEqual(output, ada);
  });

  test("streams text whose output is an array", async () => {
    const { partialOutputStream, output } = streamText({
      ...asks(script(JSON.stringify({ elements: [ada, ada] }))),
      output: Output.array({ element: person }),
    });
    for await (const _ of partialOutputStream);
    assert.deepEqual(await output, [ada, ada]);
  });

  test("generates text whose output is a choice", async () => {
    const { output } = await generateText({
      ...asks(script('{"result":"rainy"}')),
      output: Output.choice({ options: ["sunny", "rainy"] }),
    });
    assert.equal(output, "rainy");
  });

  test("generates an object after a tool", async () => {
    const { output } = await generateText({
      ...asks(callScript([parisWeather], JSON.stringify(ada))),
      tools,
      output: Output.object({ schema: person }),
      stopWhen: stepCountIs(5),
    });
    assert.deepEqual(output, ada);
  });

  test("throws APICallError that is not to be tried again for a value out of range", async () => {
    const act = generateText({ ...asks("hi"), temperature: 3, maxRetries: 2 });
    await assert.rejects(
      act,
      (error) => APICallError.isInstance(error) && !error.isRetryable && /temperature/.test(error.message),
    );
  });

  test("frees the slot of a stream that it aborts", async () => {
    const departure = new AbortController();
    const { textStream } = streamText({
      ...asks("on and on ".repeat(150)),
      abortSignal: departure.signal,
    });
    for await (const _ of textStream) departure.abort();
    await assert.doesNotReject(slotsAreIdle(echo));
  });
}
