import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { slotList } from "#weir/api/openai/slot-list.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBody, errorOf, eventually, postChat } from "./requests.js";

describe("GET /slots", () => {
  let echo: EchoServer;
  beforeEach(async () => {
    echo = await startEcho({ load: { slots: 2, contextTokens: 1_024 } });
  });
  afterEach(() => echo.close());

  const getSlots = async () => slotList.parse((await echo.app.inject("/slots")).json());
  const longAnswer = () => postChat(echo.app, chatBody("on and on ".repeat(120)));
  const busySlots = async () => (await getSlots()).filter((slot) => slot.is_processing);

  test("says of idle slots what llama-server says", async () => {
    const [first] = await getSlots();
    const { state: _, n_prompt_tokens: __, ...known } = first ?? assert.fail("there is no slot");
    assert.deepEqual(known, { id: 0, n_ctx: 1_024, speculative: false, is_processing: false });
    assert.equal((await getSlots()).length, 2);
  });

  test("counts what an idle slot keeps", async () => {
    const { usage } = (await postChat(echo.app, chatBody("hi"))).json();
    const kept = (await getSlots()).map((slot) => slot.n_prompt_tokens).sort();
    // The token that ended the answer was never computed.
    assert.deepEqual(kept, [0, usage.total_tokens - 1]);
  });

  test("shows how far a request has come", async () => {
    const answer = longAnswer();
    await eventually(async () => (await busySlots()).some((slot) => slot.state === "decode"));
    const [slot] = await busySlots();
    const { n_prompt_tokens = 0, n_prompt_tokens_processed, next_token } = slot ?? {};
    const { n_decoded = 0, n_remain = 0 } = next_token?.[0] ?? {};
    const { usage } = (await answer).json();
    assert.equal(n_prompt_tokens_processed, usage.prompt_tokens);
    // The last token that was sampled is in no cache yet.
    assert.equal(n_prompt_tokens, usage.prompt_tokens + n_decoded - 1);
    assert.equal(n_remain, 1_024 - usage.prompt_tokens - n_decoded);
  });

  test("is an error for who asked for it where all slots are busy", async () => {
    const answers = [longAnswer(), longAnswer()];
    await eventually(async () => (await busySlots()).length === 2);
    const full = await echo.app.inject("/slots?fail_on_no_slot=1");
    const list = await echo.app.inject("/slots");
    await Promise.all(answers);
    const free = await echo.app.inject("/slots?fail_on_no_slot=1");
    assert.deepEqual([full.statusCode, list.statusCode, free.statusCode], [503, 200, 200]);
    assert.equal(errorOf(full).code, "no_slot_available");
    assert.equal(full.headers["x-should-retry"], "true");
  });

  test("has numbers only", async () => {
    await postChat(echo.app, chatBody("the guard of the weir sleeps"));
    assert.doesNotMatch((await echo.app.inject("/slots")).body, /guard/);
  });
});

describe("a server with API keys", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ load: { slots: 1, contextTokens: 256 }, apiKeys: ["sk-one"] });
  });
  after(() => echo.close());

  for (const [method, url] of [
    ["GET", "/slots"],
    ["GET", "/props"],
    ["POST", "/tokenize"],
    ["POST", "/detokenize"],
    ["POST", "/apply-template"],
  ] as const) {
    test(`wants one for ${method} ${url}`, async () => {
      assert.equal((await echo.app.inject({ method, url })).statusCode, 401);
    });
  }
});
