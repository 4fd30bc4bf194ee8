import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type OpenAI from "openai";
import { zodFunction } from "openai/helpers/zod";
import { z } from "zod";
import { callScript, script, toolCallText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { callsOf, openaiClient, userSays } from "./openai-client.js";
import { parisTime, parisWeather, romeWeather, weatherTools } from "./weather-tools.js";

describe("tools with the openai package", () => {
  let echo: EchoServer;
  let client: OpenAI;
  before(async () => {
    echo = await startEcho({ listen: true });
    client = openaiClient(echo);
  });
  after(() => echo.close());

  const asks = (content: string, fields: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {}) =>
    client.chat.completions.create({ ...userSays(content), tools: weatherTools, ...fields });

  test("gets a call", async () => {
    const { choices } = await asks(callScript([parisWeather], ""));
    assert.deepEqual(callsOf(choices[0]?.message), [parisWeather]);
    assert.match(choices[0]?.message.tool_calls?.[0]?.id ?? "", /^call_/);
    assert.equal(choices[0]?.finish_reason, "tool_calls");
  });

  test("gets null for the content beside a call", async () => {
    const { choices } = await asks(callScript([parisWeather], ""));
    assert.equal(choices[0]?.message.content, null);
  });

  test("gets several calls", async () => {
    const { choices } = await asks(callScript([parisWeather, romeWeather, parisTime], ""));
    assert.deepEqual(callsOf(choices[0]?.message), [parisWeather, romeWeather, parisTime]);
  });

  test("gets one call where parallel calls are not wanted", async () => {
    const { choices } = await asks(callScript([parisWeather, romeWeather], ""), {
      parallel_tool_calls: false,
    });
    assert.deepEqual(callsOf(choices[0]?.message), [parisWeather]);
  });

  test("gets text where the model answers with text", async () => {
    const { choices } = await asks("It is cold.");
    assert.equal(choices[0]?.message.content, "It is cold.");
    assert.equal(choices[0]?.message.tool_calls, undefined);
    assert.equal(choices[0]?.finish_reason, "stop");
  });

  test("gets a call where one is required", async () => {
    const { choices } = await asks(callScript([parisTime], ""), { tool_choice: "required" });
    assert.deepEqual(callsOf(choices[0]?.message), [parisTime]);
  });

  test("gets a call of the function that it names", async () => {
    const { choices } = await asks(callScript([parisTime], ""), {
      tool_choice: { type: "function", function: { name: "get_time" } },
    });
    assert.deepEqual(callsOf(choices[0]?.message), [parisTime]);
  });

  test("gets no call of another function than the one it names", async () => {
    const { choices } = await asks(callScript([parisWeather], ""), {
      tool_choice: { type: "function", function: { name: "get_time" } },
      max_tokens: 64,
    });
    assert.doesNotMatch(JSON.stringify(choices), /get_weather/);
  });

  test("gets no call where it wants none", async () => {
    const { choices } = await asks(script("no call"), { tool_choice: "none" });
    assert.deepEqual([choices[0]?.message.tool_calls, choices[0]?.finish_reason], [undefined, "stop"]);
  });

  test("sends a tool's answer back and gets the sentence after it", async () => {
    const question = {
      role: "user" as const,
      content: callScript([parisWeather], "It is 3 degrees in Paris."),
    };
    const first = await client.chat.completions.create({
      ...userSays(""),
      messages: [question],
      tools: weatherTools,
    });
    const message = first.choices[0]?.message;
    assert.ok(message?.tool_calls?.[0]);
    const answer = {
      role: "tool" as const,
      tool_call_id: message.tool_calls[0].id,
      content: '{"celsius":3}',
    };
    const second = await client.chat.completions.create({
      ...userSays(""),
      messages: [question, message, answer],
      tools: weatherTools,
    });
    assert.equal(second.choices[0]?.message.content, "It is 3 degrees in Paris.");
  });

  test("goes on after a call whose arguments are no JSON", async () => {
    for (const args of ["", '{"city": "Par', "Paris"]) {
      const call = {
        id: "call_1",
        type: "function" as const,
        function: { name: "get_weather", arguments: args },
      };
      const { choices } = await client.chat.completions.create({
        ...userSays(""),
        messages: [
          { role: "user", content: callScript([parisWeather], "Try again.") },
          { role: "assistant", content: null, tool_calls: [call] },
          { role: "tool", tool_call_id: "call_1", content: "Error: no JSON" },
        ],
        tools: weatherTools,
      });
      assert.equal(choices[0]?.message.content, "Try again.");
    }
  });

  test("runs two rounds", async () => {
    const asked: unknown[] = [];
    const runner = client.chat.completions.runTools({
      ...userSays(callScript([parisWeather], "It is cold in Paris.")),
      tools: [runnable("get_weather", asked, () => ({ celsius: 3 }))],
    });
    assert.equal(await runner.finalContent(), "It is cold in Paris.");
    assert.deepEqual(asked, [{ city: "Paris" }]);
    assert.equal(runner.allChatCompletions().length, 2);
  });

  test("runs three rounds, streamed, the second call being made of the first result", async () => {
    const asked: unknown[] = [];
    const runner = client.chat.completions.runTools({
      ...userSays(script(toolCallText(parisTime))),
      stream: true,
      tools: [
        runnable("get_time", asked, () => script(toolCallText(romeWeather))),
        runnable("get_weather", asked, () => "warm at noon"),
      ],
    });
    // With the line break that Qwen's template puts behind a tool's answer.
    assert.equal((await runner.finalContent())?.trimEnd(), "warm at noon");
    assert.deepEqual(asked, [parisTime.arguments, romeWeather.arguments]);
    assert.equal(runner.allChatCompletions().length, 3);
  });

  test("counts the tokens of all rounds", async () => {
    const runner = client.chat.completions.runTools({
      ...userSays(callScript([parisWeather], "cold")),
      tools: [runnable("get_weather", [], () => "3")],
    });
    const { total_tokens } = await runner.totalUsage();
    const ofEach = runner.allChatCompletions().map(({ usage }) => usage?.total_tokens ?? 0);
    assert.equal(ofEach.length, 2);
    assert.equal(
      total_tokens,
      ofEach.reduce((sum, tokens) => sum + tokens),
    );
  });

  test("parses the arguments of a strict tool with zod", async () => {
    const tool = zodFunction({ name: "get_weather", parameters: z.object({ city: z.string() }) });
    const { choices } = await client.chat.completions.parse({
      ...userSays(callScript([parisWeather], "")),
      tools: [tool],
    });
    const [call] = choices[0]?.message.tool_calls ?? [];
    assert.deepEqual(call?.function.parsed_arguments, { city: "Paris" });
  });
});

/** A tool that the package runs itself. */
function runnable(name: string, asked: unknown[], answer: () => string | object) {
  return {
    type: "function" as const,
    function: {
      name,
      description: name,
      parameters: { type: "object", properties: { city: { type: "string" }, unit: { type: "string" } } },
      parse: JSON.parse,
      function: (args: unknown) => {
        asked.push(args);
        return answer();
      },
    },
  };
}
