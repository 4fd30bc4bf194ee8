import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { defaultAdmission } from "#weir/server/admission-options.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chat, chatBody, eventually, postChat } from "./requests.js";

/** Some thousand steps: nobody waits for the end of it. */
const long = "endless ".repeat(1_500);
/** What one slot's gate lets in. */
const places = 3;

describe("user and safety_identifier", () => {
  let echo: EchoServer;
  before(async () => {
    const load = { slots: 1, contextTokens: 8_192 };
    echo = await startEcho({ load, admission: { ...defaultAdmission, queueSize: 16 }, listen: true });
  });
  after(() => echo.close());

  const queue = () =>
    echo.admission.status(echo.hosted).find(({ lane }) => lane === "answers") ?? { busy: 0, waiting: 0 };

  /** Who was answered when, of requests of these users that came one after the other while others had the places. */
  async function orderOf(users: readonly object[]): Promise<unknown[]> {
    const order: unknown[] = [];
    const departure = new AbortController();
    const held = Array.from({ length: places }, () =>
      fetch(`${echo.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(chatBody(long)),
        signal: departure.signal,
      }).catch(() => null),
    );
    await eventually(async () => queue().busy === places);
    const ask = async (fields: object): Promise<void> => {
      const { statusCode } = await postChat(echo.app, chatBody("hi", fields));
      order.push(statusCode === 200 ? Object.values(fields)[0] : statusCode);
    };
    const answers: Promise<void>[] = [];
    for (const fields of users) {
      answers.push(ask(fields));
      await eventually(async () => queue().waiting === answers.length);
    }
    departure.abort();
    await Promise.all([...held, ...answers]);
    return order;
  }

  /** Where b stands who came last; as many as there are places are let in together, and end in any order. */
  const placeOfLast = async (first: object, last: object): Promise<number> =>
    (await orderOf([...Array.from({ length: 7 }, () => first), last])).indexOf("b");

  test("let the users of a key take turns", async () => {
    assert.ok((await placeOfLast({ user: "a" }, { user: "b" })) < places);
  });

  test("are the same, and the newer one goes before", async () => {
    assert.ok((await placeOfLast({ safety_identifier: "a", user: "b" }, { user: "b" })) < places);
  });

  test("are short text, or a 400 says so", async () => {
    const long = "u".repeat(513);
    const wrong = [{ user: 7 }, { safety_identifier: ["a"] }, { prompt_cache_key: 1 }];
    for (const fields of [...wrong, { user: long }, { prompt_cache_key: long }]) {
      const { statusCode, body } = await postChat(echo.app, chatBody("hi", fields));
      assert.equal(statusCode, 400, body);
      assert.ok(body.includes(Object.keys(fields)[0] ?? ""), body);
    }
  });
});

test("prompt_cache_key names the conversation that takes over its own slot", async (context) => {
  const load = { slots: 2, contextTokens: 512, cacheRamBytes: 0 };
  const echo = await startEcho({ load });
  context.after(() => echo.close());
  const ask = async (topic: string, key: string | null): Promise<number> => {
    const content = `${topic}: ${"what was said before and is said again here ".repeat(4)}`;
    const { usage } = await chat(echo.app, content, { prompt_cache_key: key });
    return usage.prompt_tokens_details.cached_tokens;
  };
  /** What is left of a conversation when another one, which was asked after it, begins anew. */
  const leftOf = async (key: string | null, topics: readonly [string, string, string]): Promise<number> => {
    await ask(topics[0], key && "other");
    await ask(topics[1], key);
    await ask(topics[2], key);
    return ask(topics[0], key && "other");
  };
  assert.ok((await leftOf("mine", ["Rivers", "Bridges", "Mills"])) > 30);
  assert.ok((await leftOf(null, ["Birds", "Fishes", "Otters"])) < 10);
});
