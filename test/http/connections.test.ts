import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Connections } from "#weir/server/connections.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatText, getText, RawClient } from "../support/raw-client.js";
import { eventually } from "./requests.js";

const health = getText("/health");

describe("a connection", () => {
  let echo: EchoServer;
  before(async () => {
    const connections = new Connections({
      headersTimeoutMs: 300,
      requestTimeoutMs: 1_500,
      idleTimeoutMs: 400,
      keepAliveTimeoutMs: 300,
    });
    echo = await startEcho({ load: { slots: 1 }, app: { connections }, listen: true });
  });
  after(() => echo.close());

  test("whose body is cut is logged as what its client was told", async () => {
    const client = await RawClient.connect(echo.url);
    const head = "x-request-id: cut\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n";
    client.send(`POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\n${head}\r\n{`);
    const dripping = setInterval(() => client.send(" "), 100);
    assert.match(await client.all(), /^HTTP\/1\.1 408 /);
    clearInterval(dripping);
    const lines = () =>
      echo.log.filter(({ msg, path }) => msg === "request" && path === "/v1/chat/completions");
    await eventually(async () => lines().length > 0);
    const [{ status, error, requestId } = {}] = lines();
    assert.deepEqual([lines().length, status, error, requestId], [1, 408, "request_timeout", "cut"]);
    assert.equal(echo.log.filter(({ status: told }) => told === 408).length, 1);
  });

  test("whose headers come too slowly gets a 408 in the API's shape", async () => {
    const client = await RawClient.connect(echo.url);
    const startMs = performance.now();
    client.send("GET /health HTTP/1.1\r\nho");
    const dripping = setInterval(() => client.send("s"), 100);
    const reply = await client.all();
    clearInterval(dripping);
    assert.match(reply, /^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/);
    assert.ok(performance.now() - startMs < 1_400, "the request timeout has ended it");
  });

  test("whose body comes too slowly gets a 408", async () => {
    const client = await RawClient.connect(echo.url);
    client.send(`${chatText("x".repeat(100)).slice(0, -80)}`);
    const dripping = setInterval(() => client.send("x"), 100);
    const reply = await client.all();
    clearInterval(dripping);
    assert.match(reply, /^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/);
  });

  test("whose body stops half way gets a 408 when nothing has moved for the idle time", async () => {
    const client = await RawClient.connect(echo.url);
    const startMs = performance.now();
    client.send(chatText("hello").slice(0, -5));
    assert.match(await client.all(), /^HTTP\/1\.1 408 /);
    assert.ok(performance.now() - startMs < 1_400, "the request timeout has ended it");
  });

  test("that is used is kept for the next request, and closed after the keep-alive time", async () => {
    const client = await RawClient.connect(echo.url);
    client.send(health);
    await client.has('{"status":"ok"}');
    client.send(health);
    const replies = await client.all();
    assert.equal(replies.match(/HTTP\/1\.1 200/g)?.length, 2);
  });

  test("is not cut while its answer waits for longer than the idle time", async () => {
    const [long, waiting] = [await RawClient.connect(echo.url), await RawClient.connect(echo.url)];
    long.send(chatText("word ".repeat(400), { stream: true }));
    await long.has("word");
    const startMs = performance.now();
    waiting.send(chatText("hello"));
    await waiting.has('"content":"hello"');
    assert.ok(performance.now() - startMs > 500, "it did not wait, so that this test shows nothing");
  });

  test("whose client does not read is closed, and its request ends", async () => {
    const client = await RawClient.connect(echo.url);
    // More than the sockets' buffers hold, to a client that reads none of it.
    client.socket.pause();
    client.send(getText("/openapi.json").repeat(500));
    const isCut = (socket: net.Socket): boolean =>
      socket.remotePort === client.socket.localPort && socket.writableLength > 0;
    for (;;) {
      const [socket] = await once(echo.app.server, "timeout", { signal: AbortSignal.timeout(20_000) });
      if (socket instanceof net.Socket && isCut(socket)) {
        assert.ok(socket.destroyed);
        break;
      }
    }
    client.socket.destroy();
  });
});

describe("connections beyond the limit", () => {
  let echo: EchoServer;
  const connections = new Connections({ maxConnections: 2 });
  before(async () => {
    echo = await startEcho({ app: { connections }, listen: true });
  });
  after(() => echo.close());

  test("get a 503 that says why and whether to come again, and are served once others have left", async () => {
    const first = [await RawClient.connect(echo.url), await RawClient.connect(echo.url)];
    const beyond = await RawClient.connect(echo.url);
    beyond.send(health);
    const refusal = await beyond.all();
    assert.match(refusal, /^HTTP\/1\.1 503 [\s\S]*retry-after: 1\r\n[\s\S]*"code":"too_many_connections"/);
    assert.match(refusal, /The server has 2 connections open, which is the limit/);

    const patient = await RawClient.connect(echo.url);
    for (const client of first) client.socket.destroy();
    while (connections.limit.open > 1) await delay(5);
    patient.send(health);
    await patient.has('{"status":"ok"}');
    patient.socket.destroy();
  });
});
