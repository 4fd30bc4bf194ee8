import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import OpenAI, { APIUserAbortError } from "openai";
import { callScript } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { openaiClient, slotsAreIdle, userSays } from "./openai-client.js";
import { parisWeather, weatherTools } from "./weather-tools.js";

describe("aborting with the openai package frees the slot", () => {
  let echo: EchoServer;
  let client: OpenAI;
  before(async () => {
    echo = await startEcho({ listen: true, load: { slots: 4 } });
    client = openaiClient(echo);
  });
  after(() => echo.close());

  const longAnswer = userSays("on and on ".repeat(150));

  test("of a stream that is left", async () => {
    const stream = await client.chat.completions.create({ ...longAnswer, stream: true });
    for await (const _ of stream) break;
    await assert.doesNotReject(slotsAreIdle(echo));
  });

  test("of a stream helper", async () => {
    const stream = client.chat.completions.stream(longAnswer);
    stream.once("content", () => stream.abort());
    await assert.rejects(stream.done(), APIUserAbortError);
    await assert.doesNotReject(slotsAreIdle(echo));
  });

  test("of all choices of a stream", async () => {
    const stream = client.chat.completions.stream({ ...longAnswer, n: 3 });
    stream.once("content", () => stream.abort());
    await assert.rejects(stream.done(), APIUserAbortError);
    await assert.doesNotReject(slotsAreIdle(echo));
  });

  test("of a whole answer", async () => {
    const departure = new AbortController();
    const answer = client.chat.completions.create(longAnswer, { signal: departure.signal });
    setTimeout(() => departure.abort(), 20);
    await assert.rejects(answer, APIUserAbortError);
    await assert.doesNotReject(slotsAreIdle(echo));
  });

  test("of an answer that takes too long for the client", async () => {
    const act = () => client.chat.completions.create(longAnswer, { timeout: 30 });
    await assert.rejects(act, OpenAI.APIConnectionTimeoutError);
    await assert.doesNotReject(slotsAreIdle(echo));
  });

  test("of the second round of tools", async () => {
    const departure = new AbortController();
    const runner = client.chat.completions.runTools(
      {
        ...userSays(callScript([parisWeather], "on and on ".repeat(150))),
        stream: true,
        tools: weatherTools.map(({ function: { parameters = {}, description = "", name } }) => ({
          type: "function",
          function: { name, description, parameters, parse: JSON.parse, function: () => "3" },
        })),
      },
      { signal: departure.signal },
    );
    runner.once("content", () => departure.abort());
    await assert.rejects(runner.done(), APIUserAbortError);
    await assert.doesNotReject(slotsAreIdle(echo));
  });
});
