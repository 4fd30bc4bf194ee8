import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AIMessageChunk, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { concat } from "@langchain/core/utils/stream";
import { ChatOpenAI, type ChatOpenAIFields } from "@langchain/openai";
import { z } from "zod";
import { callScript, script, thinkingText } from "../support/echo-script.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { slotsAreIdle } from "./openai-client.js";
import { parisWeather, romeWeather, weatherTools } from "./weather-tools.js";

const person = z.object({ name: z.string(), age: z.number().int(), note: z.string().nullable() });
const logprobs = z.object({ content: z.array(z.object({ token: z.string(), logprob: z.number() })) });
const usageMetadata = z.object({ input_tokens: z.int(), output_tokens: z.int(), total_tokens: z.int() });
const ada = { name: "Ada 世界", age: 36, note: null };

describe("the @langchain/openai package", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ listen: true });
  });
  after(() => echo.close());

  const chatModel = (fields: ChatOpenAIFields = {}) =>
    new ChatOpenAI({
      model: "echo",
      apiKey: "sk-any",
      temperature: 0,
      maxRetries: 0,
      configuration: { baseURL: `${echo.url}/v1` },
      ...fields,
    });

  test("invokes", async () => {
    const { text } = await chatModel().invoke([
      new SystemMessage("Be brief."),
      new HumanMessage("Hello, 世界!"),
    ]);
    assert.equal(text, "Hello, 世界!");
  });

  test("says how many tokens it took", async () => {
    const usage = usageOf(await chatModel().invoke("counted"));
    assert.ok(usage.input_tokens > 0 && usage.output_tokens > 0);
    assert.equal(usage.total_tokens, usage.input_tokens + usage.output_tokens);
  });

  test("keeps reasoning beside the content", async () => {
    const message = await chatModel().invoke(script(thinkingText("so", "yes")));
    assert.deepEqual([message.text, message.additional_kwargs["reasoning_content"]], ["yes", "so"]);
  });

  test("streams", async () => {
    const pieces: string[] = [];
    for await (const { text } of await chatModel().stream("one two three")) pieces.push(text);
    assert.ok(pieces.length > 2);
    assert.equal(pieces.join(""), "one two three");
  });

  test("gets the usage and the finish reason of a stream", async () => {
    const message = await gathered(chatModel().stream("one two three"));
    assert.ok(usageOf(message).output_tokens >= 3);
    assert.equal(message.response_metadata["finish_reason"], "stop");
  });

  test("gathers the reasoning of a stream", async () => {
    const message = await gathered(chatModel().stream(script(thinkingText("so it is", "yes"))));
    assert.deepEqual([message.text, message.additional_kwargs["reasoning_content"]], ["yes", "so it is"]);
  });

  test("gets a call of a bound tool", async () => {
    const { tool_calls } = await chatModel()
      .bindTools(weatherTools)
      .invoke(callScript([parisWeather], ""));
    assert.deepEqual(
      tool_calls?.map(({ name, args }) => ({ name, arguments: args })),
      [parisWeather],
    );
  });

  test("gathers the calls of a stream", async () => {
    const model = chatModel().bindTools(weatherTools);
    const { tool_calls } = await gathered(model.stream(callScript([parisWeather, romeWeather], "")));
    assert.deepEqual(
      tool_calls?.map(({ name, args }) => ({ name, arguments: args })),
      [parisWeather, romeWeather],
    );
  });

  test("sends a tool's answer back", async () => {
    const model = chatModel().bindTools(weatherTools, { tool_choice: "auto", parallel_tool_calls: false });
    const question = new HumanMessage(callScript([parisWeather], "It is cold."));
    const call = await model.invoke([question]);
    const answer = new ToolMessage({ content: "3", tool_call_id: call.tool_calls?.[0]?.id ?? "" });
    const { text } = await model.invoke([question, call, answer]);
    assert.equal(text, "It is cold.");
  });

  test("requires any tool, or one", async () => {
    for (const tool_choice of ["any", "get_weather"]) {
      const model = chatModel().bindTools(weatherTools, { tool_choice });
      const { tool_calls } = await model.invoke(callScript([parisWeather], ""));
      assert.equal(tool_calls?.[0]?.name, "get_weather", tool_choice);
    }
  });

  for (const { method, answer } of [
    { method: "functionCalling", answer: callScript([{ name: "extract", arguments: ada }], "") },
    { method: "jsonSchema", answer: script(JSON.stringify(ada)) },
    { method: "jsonMode", answer: script(JSON.stringify(ada)) },
  ] as const) {
    test(`gets structured output by ${method}`, async () => {
      const model = chatModel().withStructuredOutput(person, { method });
      assert.deepEqual(await model.invoke(answer), ada);
    });

    test(`streams structured output by ${method}`, async () => {
      const model = chatModel().withStructuredOutput(person, { method });
      let last: unknown;
      for await (const partial of await model.stream(answer)) last = partial;
      assert.deepEqual(last, ada);
    });
  }

  test("gets structured output of a plain JSON schema, strictly", async () => {
    const schema = {
      title: "person",
      type: "object",
      properties: { name: { type: "string" } },
      required: ["name"],
      additionalProperties: false,
    };
    const model = chatModel().withStructuredOutput(schema, { method: "jsonSchema", strict: true });
    assert.deepEqual(await model.invoke(script('{"name":"Ada"}')), { name: "Ada" });
  });

  test("gets logprobs", async () => {
    const message = await chatModel({ logprobs: true, topLogprobs: 2 }).invoke("one two");
    const tokens = logprobs.parse(message.response_metadata["logprobs"]).content;
    assert.equal(tokens.map(({ token }) => token).join(""), "one two");
  });

  test("frees the slot of a stream that it aborts", async () => {
    const departure = new AbortController();
    const act = async (): Promise<void> => {
      const stream = await chatModel().stream("on and on ".repeat(150), { signal: departure.signal });
      for await (const _ of stream) departure.abort();
    };
    await act().catch(() => {});
    await assert.doesNotReject(slotsAreIdle(echo));
  });
});

/** A stream put together to one message, as LangChain does it. */
async function gathered(stream: Promise<AsyncIterable<AIMessageChunk>>): Promise<AIMessageChunk> {
  let message = new AIMessageChunk("");
  for await (const chunk of await stream) message = concat(message, chunk);
  return message;
}

/** The package's type of the field is `never` with its default message types. */
function usageOf(message: object): z.infer<typeof usageMetadata> {
  return usageMetadata.parse(Reflect.get(message, "usage_metadata"));
}
