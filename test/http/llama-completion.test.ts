import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { llamaCompletionResponse } from "#weir/api/openai/llama-completion.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { dataLines } from "./event-text.js";
import { errorOf, eventually } from "./requests.js";

const prompt = "<|im_start|>user\none two three<|im_end|>\n<|im_start|>assistant\n";

describe("/completion, as llama-server has it", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ load: { contextTokens: 256 } });
  });
  after(() => echo.close());

  function post(fields: object) {
    const payload = { prompt, temperature: 0, ...fields };
    return echo.app.inject({ method: "POST", url: "/completion", payload });
  }

  async function complete(fields: object) {
    return llamaCompletionResponse.parse((await post(fields)).json());
  }

  test("answers with the content, and how it ended", async () => {
    const { content, stop, stop_type, tokens_predicted, model } = await complete({ n_predict: 20 });
    assert.deepEqual(
      [content, stop, stop_type, tokens_predicted, model],
      ["one two three", true, "eos", 4, "echo"],
    );
  });

  test("refuses images, but for an empty list of them", async () => {
    const refused = await post({ image_data: [{ data: "", id: 1 }] });
    assert.deepEqual([refused.statusCode, errorOf(refused).param], [400, "image_data"]);
    assert.match(errorOf(refused).message, /Weir takes text only/);
    assert.equal((await post({ image_data: [], n_predict: 1 })).statusCode, 200);
  });

  test("ends a stream that fails with the error, and without the mark that only OpenAI's streams have", async () => {
    const closing = await startEcho({ load: { contextTokens: 8_192, slots: 1 } });
    const payload = {
      prompt: prompt.replace("three", "endless ".repeat(1_500)),
      temperature: 0,
      stream: true,
    };
    const answer = closing.app.inject({ method: "POST", url: "/completion", payload });
    await eventually(async () => (await closing.model.slotTable()).some(({ state }) => state === "decode"));
    await closing.model.close();
    const { body } = await answer;
    await closing.close();
    assert.match(body, /"code":"shutting_down"/);
    assert.doesNotMatch(body, /DONE/);
  });

  test("tells a limit from a stop string", async () => {
    assert.equal((await complete({ n_predict: 2 })).stop_type, "limit");
    const { stop_type, stopping_word, content } = await complete({ stop: [" three"] });
    assert.deepEqual([stop_type, stopping_word, content], ["word", " three", "one two"]);
  });

  test("streams pieces that add up to the whole, and ends with the event that has stop: true", async () => {
    const stream = (await post({ stream: true })).body;
    const events = dataLines(stream).map((line) => llamaCompletionResponse.parse(line));
    assert.equal(events.map(({ content }) => content).join(""), "one two three");
    assert.deepEqual(
      events.map(({ stop }) => stop),
      events.map((_, index) => index === events.length - 1),
    );
    assert.doesNotMatch(stream, /\[DONE\]/);
  });

  test("takes tokens, and a grammar", async () => {
    const tokens = await echo.app.inject({ method: "POST", url: "/tokenize", payload: { content: prompt } });
    assert.equal((await complete({ prompt: tokens.json().tokens })).content, "one two three");
    assert.match((await complete({ grammar: 'root ::= "one" | "two"' })).content, /^(one|two)$/);
  });

  for (const [field, value] of [
    ["n_probs", 3],
    ["n", 2],
    ["mirostat", 2],
    ["prompt", ["a", "b"]],
  ] as const) {
    test(`refuses ${field}, which it can't honour`, async () => {
      const response = await post({ [field]: value });
      assert.deepEqual([response.statusCode, errorOf(response).param], [400, field]);
    });
  }
});
