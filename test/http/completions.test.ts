import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { completionResponse } from "#weir/api/openai/responses.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { errorOf } from "./requests.js";

/** What Qwen's template makes of one user message: the echo model needs a chat, also in a plain prompt. */
const prompt = "<|im_start|>user\nplain text<|im_end|>\n<|im_start|>assistant\n";

describe("POST /v1/completions", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ load: { contextTokens: 512 } });
  });
  after(() => echo.close());

  function complete(fields: object, url = "/v1/completions") {
    return echo.app.inject({ method: "POST", url, payload: { prompt, temperature: 0, ...fields } });
  }

  test("goes on with a prompt", async () => {
    const answer = completionResponse.parse((await complete({})).json());
    assert.equal(answer.choices[0]?.text, "plain text");
  });

  test("answers without the /v1 prefix", async () => {
    assert.equal((await complete({}, "/completions")).statusCode, 200);
  });

  test("streams the same text", async () => {
    const { body } = await complete({ stream: true });
    const lines = body.split("\n").filter((line) => line.startsWith("data: {"));
    const chunks = lines.map((line) => completionResponse.parse(JSON.parse(line.slice(6))));
    assert.equal(chunks.map(({ choices }) => choices[0]?.text).join(""), "plain text");
  });

  test("ends a stream with the end mark", async () => {
    assert.match((await complete({ stream: true })).body, /\n\ndata: \[DONE\]\n\n$/);
  });

  test("refuses an empty prompt", async () => {
    assert.equal(errorOf(await complete({ prompt: "" })).param, "prompt");
  });

  test("names the prompt where it does not fit", async () => {
    const { code, param } = errorOf(await complete({ prompt: "word ".repeat(600) }));
    assert.deepEqual({ code, param }, { code: "context_length_exceeded", param: "prompt" });
  });
});
