import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chat, eventually } from "./requests.js";

/** Answers of a request: many more than the server has places. */
const answers = 12;

describe("a request for more answers than there are places", () => {
  let echo: EchoServer;
  beforeEach(async () => {
    echo = await startEcho({ load: { slots: 1, contextTokens: 512 }, listen: true });
  });
  afterEach(() => echo.close());

  const places = () => echo.admission.load(echo.hosted).find(({ lane }) => lane === "answers")?.busy ?? 0;

  function batch(fields: object = {}, signal: AbortSignal = new AbortController().signal): Promise<string> {
    const prompts = Array.from(
      { length: answers },
      (_, index) => `<|im_start|>user\n${index} ${"word ".repeat(60)}`,
    );
    const prompt = prompts.map((text) => `${text}<|im_end|>\n<|im_start|>assistant\n`);
    const body = JSON.stringify({ prompt, temperature: 0, ...fields });
    const headers = { "content-type": "application/json" };
    return fetch(`${echo.url}/v1/completions`, { method: "POST", headers, body, signal }).then((response) =>
      response.text(),
    );
  }

  for (const stream of [false, true]) {
    test(`gets them all, and lets others in between, stream ${stream}`, async () => {
      const order: string[] = [];
      const all = batch({ stream }).then((text) => {
        order.push("batch");
        return text;
      });
      await eventually(async () => places() > 0);
      for (let i = 0; i < 2; i++) await chat(echo.app, "others").then(() => order.push("other"));
      const text = await all;
      assert.deepEqual(order, ["other", "other", "batch"]);
      for (let index = 0; index < answers; index++)
        assert.ok(text.includes(stream ? `"index":${index}` : `"text":"${index} word`), `${index}`);
      assert.equal(text.match(/"finish_reason":"stop"/g)?.length, answers);
      await eventually(async () => places() === 0);
    });

    test(`holds nothing when its client leaves, stream ${stream}`, async () => {
      const leave = new AbortController();
      const all = batch({ stream }, leave.signal).catch(() => "left");
      await eventually(async () => (await echo.model.stats()).running > 0);
      leave.abort();
      assert.equal(await all, "left");
      await eventually(async () => places() === 0);
      assert.equal(echo.admission.usage()[0]?.[1].open, 0);
      await chat(echo.app, "others");
    });
  }

  test("holds nothing when one of its answers can't be asked for", async () => {
    const generate = echo.model.generate.bind(echo.model);
    let asked = 0;
    Object.assign(echo.model, {
      generate: (...submission: Parameters<typeof generate>) => {
        if (++asked === 6) throw new TypeError("broken on purpose");
        return generate(...submission);
      },
    });
    assert.match(await batch(), /"code":"engine_failed"/);
    await eventually(async () => places() === 0);
    assert.equal(echo.admission.usage()[0]?.[1].open, 0);
    await chat(echo.app, "others");
  });
});
