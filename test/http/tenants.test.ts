import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { chatResponse } from "#weir/api/openai/responses.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chat, chatBody } from "./requests.js";

const secret =
  "The flood gates open at four in the morning, and the guard of the weir sleeps until half past five.";

/** What any two chats share: <|im_start|>, user, a line break. */
const templateTokens = 3;

const load = { slots: 4, contextTokens: 512, cacheRamBytes: 2 ** 26 };

describe("prompts of two API keys", () => {
  let echo: EchoServer;
  beforeEach(async () => {
    echo = await startEcho({ load, apiKeys: ["sk-one", "sk-two"] });
  });
  afterEach(() => echo.close());

  /** Asks with a key. */
  async function ask(key: string, content = secret, path = "/v1/chat/completions") {
    const payload = path.includes("chat")
      ? chatBody(content)
      : { model: "echo", prompt: content, max_tokens: 4, temperature: 0 };
    const headers = { authorization: `Bearer ${key}` };
    const response = await echo.app.inject({ method: "POST", url: path, headers, payload });
    if (response.statusCode !== 200) throw new Error(response.body);
    return response.json();
  }

  async function cachedTokens(...request: Parameters<typeof ask>): Promise<number> {
    return (await ask(...request)).usage.prompt_tokens_details.cached_tokens;
  }

  test("are found in the cache by the key that asked them", async () => {
    const { usage } = chatResponse.parse(await ask("sk-one"));
    assert.equal(await cachedTokens("sk-one"), usage.prompt_tokens - 1);
  });

  test("are not found by another key", async () => {
    await ask("sk-one");
    assert.equal(await cachedTokens("sk-two"), 0);
  });

  test("are not found by another key on another route", async () => {
    await ask("sk-one", secret, "/v1/completions");
    assert.equal(await cachedTokens("sk-two", secret, "/v1/completions"), 0);
  });

  test("are not found by another key while they are being computed", async () => {
    const long = `${secret} `.repeat(12);
    const [, theirs] = await Promise.all([ask("sk-one", long), cachedTokens("sk-two", long)]);
    assert.equal(theirs, 0);
  });

  test("are not found by another key in host memory", async () => {
    await ask("sk-one");
    // More prompts of the second key than there are slots take them all from the first.
    for (let i = 0; i < load.slots + 1; i++) await ask("sk-two", `${i} other words that fill a slot`);
    assert.equal(await cachedTokens("sk-two"), templateTokens);
    assert.ok((await cachedTokens("sk-one")) > templateTokens);
    assert.ok((await echo.model.stats()).prefixRestores > 0);
  });
});

test("without API keys everybody finds everybody's prompts", async () => {
  const echo = await startEcho({ load });
  const first = await chat(echo.app, secret);
  const second = await chat(echo.app, secret);
  await echo.close();
  assert.equal(second.usage.prompt_tokens_details.cached_tokens, first.usage.prompt_tokens - 1);
});
