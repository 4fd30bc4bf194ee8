import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBody, postChat } from "./requests.js";

describe("a stream whose prompt is long", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({
      load: { slots: 1, contextTokens: 8_192 },
      app: { heartbeatMs: 5 },
    });
  });
  after(() => echo.close());

  test("says that it lives, in comment lines", async () => {
    const { body } = await postChat(
      echo.app,
      chatBody("occupied ".repeat(3_000), { stream: true, max_tokens: 1 }),
    );
    assert.match(body, /"role":"assistant"[^\n]*\n\n(: keep-alive\n){2,}data: /);
  });
});
