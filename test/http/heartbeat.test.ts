import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBody } from "./requests.js";

describe("a stream that waits for a slot", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({
      load: { slots: 1, contextTokens: 8_192 },
      app: { heartbeatMs: 50 },
      listen: true,
    });
  });
  after(() => echo.close());

  test("says that it lives, in comment lines", async () => {
    const departure = new AbortController();
    const stream = (content: string) =>
      fetch(`${echo.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(chatBody(content, { stream: true })),
        signal: departure.signal,
      });
    await stream("occupied ".repeat(2_000));
    const waiting = await stream("waiting");
    const text = await readFor(waiting, 300);
    departure.abort();
    assert.match(text, /\n\n(: keep-alive\n){2,}$/);
  });
});

async function readFor(response: Response, milliseconds: number): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  const timeout = new Promise<null>((resolve) => setTimeout(resolve, milliseconds, null));
  let text = "";
  for (;;) {
    const next = await Promise.race([reader?.read(), timeout]);
    if (next === null || next === undefined || next.done) return text;
    text += decoder.decode(next.value, { stream: true });
  }
}
