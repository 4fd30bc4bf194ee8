import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type EchoServer, startEcho } from "../support/echo-server.js";

const page = "https://chat.example.org";
const chat = { url: "/v1/chat/completions" } as const;

function preflight(origin: string) {
  const headers = {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
  };
  return { method: "OPTIONS", ...chat, headers } as const;
}

describe("with origins that may call", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ apiKeys: ["sk-one"], app: { allowedOrigins: [page] }, listen: true });
  });
  after(() => echo.close());

  test("a preflight is answered without a key, since a browser sends none", async () => {
    const { statusCode, headers } = await echo.app.inject(preflight(page));
    assert.equal(statusCode, 204);
    assert.equal(headers["access-control-allow-origin"], page);
    assert.equal(headers["access-control-allow-headers"], "authorization,content-type");
  });

  test("another origin is not named", async () => {
    const { headers } = await echo.app.inject(preflight("https://evil.example"));
    assert.equal(headers["access-control-allow-origin"], undefined);
  });

  test("errors can be read by the page, and so can a stream", async () => {
    const refused = await fetch(`${echo.url}${chat.url}`, { method: "POST", headers: { origin: page } });
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get("access-control-allow-origin"), page);
    const response = await fetch(`${echo.url}${chat.url}`, {
      method: "POST",
      headers: { origin: page, authorization: "Bearer sk-one", "content-type": "application/json" },
      body: JSON.stringify({ stream: true, messages: [{ role: "user", content: "hi" }] }),
    });
    assert.equal(response.headers.get("access-control-allow-origin"), page);
    assert.match(response.headers.get("access-control-expose-headers") ?? "", /x-request-id.*retry-after/);
    assert.match(await response.text(), /data: \[DONE\]/);
  });

  test("what no page asks is still held to the methods of a path", async () => {
    const { statusCode } = await echo.app.inject({
      method: "DELETE",
      url: "/v1/models",
      headers: { authorization: "Bearer sk-one" },
    });
    assert.equal(statusCode, 405);
  });
});

describe("without origins", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho();
  });
  after(() => echo.close());

  test("no page may call", async () => {
    const { statusCode, headers } = await echo.app.inject(preflight(page));
    assert.equal(statusCode, 405);
    assert.equal(headers["access-control-allow-origin"], undefined);
  });
});
