import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { callScript, script, thinkingText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { compatibleModel } from "./ai-sdk.js";
import { aiSdkTests } from "./ai-sdk-behaviour.js";
import { parisWeather } from "./weather-tools.js";

describe("the ai package with @ai-sdk/openai-compatible", () => {
  aiSdkTests((echo) => compatibleModel(echo));
});

describe("reasoning of the ai package with @ai-sdk/openai-compatible", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ listen: true });
  });
  after(() => echo.close());

  const asks = (prompt: string) => ({
    model: compatibleModel(echo),
    prompt,
    temperature: 0,
    maxRetries: 0,
  });

  test("is a part of its own", async () => {
    const { reasoningText, text } = await generateText(asks(script(thinkingText("so it is", "yes"))));
    assert.deepEqual([reasoningText, text], ["so it is", "yes"]);
  });

  test("is streamed before the text", async () => {
    const { fullStream } = streamText(asks(script(thinkingText("so it is", "yes"))));
    const parts: string[] = [];
    for await (const { type } of fullStream) parts.push(type);
    const marks = parts.filter((type) => /^(reasoning|text)-(start|end)$/.test(type));
    assert.deepEqual(marks, ["reasoning-start", "reasoning-end", "text-start", "text-end"]);
  });

  test("is counted", async () => {
    const { usage } = await generateText(asks(script(thinkingText("one two three", "yes"))));
    const { reasoningTokens, textTokens } = usage.outputTokenDetails;
    assert.ok((reasoningTokens ?? 0) >= 3, `${reasoningTokens}`);
    assert.equal((reasoningTokens ?? 0) + (textTokens ?? 0), usage.outputTokens);
  });

  test("goes back to the server beside a tool's result", async () => {
    const { text, steps } = await generateText({
      ...asks(`¶${thinkingText("Look it up.", callScript([parisWeather], "Cold.").slice(1))}`),
      tools: { get_weather: tool({ inputSchema: z.object({ city: z.string() }), execute: () => "3" }) },
      stopWhen: stepCountIs(3),
    });
    assert.equal(steps[0]?.reasoningText, "Look it up.");
    assert.equal(text, "Cold.");
  });

  test("can be asked for with an effort", async () => {
    const { text } = await generateText({
      ...asks("fine"),
      providerOptions: { weir: { reasoningEffort: "low" } },
    });
    assert.equal(text, "fine");
  });

  test("does not stand in the way of an object", async () => {
    const { object, reasoning } = await generateObject({
      ...asks(script(thinkingText("Small.", '{"n":7}'))),
      schema: z.object({ n: z.int() }),
    });
    assert.deepEqual([object, reasoning], [{ n: 7 }, "Small."]);
  });

  test("is kept apart where the provider asks for json_object and writes the schema into the prompt", async () => {
    const { object } = await generateObject({
      ...asks(script(thinkingText("Small.", '{"n":7}'))),
      model: compatibleModel(echo, false),
      schema: z.object({ n: z.int() }),
    });
    assert.deepEqual(object, { n: 7 });
  });
});
