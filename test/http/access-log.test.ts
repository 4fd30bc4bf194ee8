import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { KeyRing } from "#weir/keys/key-ring.js";
import { RequestLog } from "#weir/server/request-log.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBody, eventually } from "./requests.js";

type Line = Readonly<Record<string, unknown>>;

function requestLines(echo: EchoServer, id: string): readonly Line[] {
  return echo.log.filter(({ msg, requestId }) => msg === "request" && requestId === id);
}

/** The line of a request, once it is there. */
async function lineOf(echo: EchoServer, id: string): Promise<Line> {
  await eventually(async () => requestLines(echo, id).length > 0);
  return requestLines(echo, id)[0] ?? assert.fail();
}

describe("the access log", () => {
  let echo: EchoServer;
  before(async () => {
    const keys = new KeyRing(["sk-secret"]);
    echo = await startEcho({ keys, listen: true, load: { slots: 1, contextTokens: 8_192 } });
  });
  after(() => echo.close());

  function headers(id: string): Record<string, string> {
    return { authorization: "Bearer sk-secret", "content-type": "application/json", "x-request-id": id };
  }

  async function chat(id: string, fields: object = {}, content = "hi"): Promise<Response> {
    const body = JSON.stringify(chatBody(content, fields));
    const response = await fetch(`${echo.url}/v1/chat/completions`, {
      method: "POST",
      headers: headers(id),
      body,
    });
    return response;
  }

  for (const stream of [false, true]) {
    test(`has who asked what, and what it came to, stream ${stream}`, async () => {
      const id = `whole-${stream}`;
      const text = await (await chat(id, { stream })).text();
      const { level, time, pid, hostname, ms, bytes, msg, requestId, ...line } = await lineOf(echo, id);
      assert.deepEqual(line, {
        method: "POST",
        path: "/v1/chat/completions",
        status: 200,
        client: "127.0.0.1",
        key: "--api-key 1",
        model: "echo",
      });
      assert.ok(Number(ms) > 0);
      assert.ok(
        Number(bytes) > text.length && Number(bytes) < text.length + 1_000,
        `${bytes} of ${text.length}`,
      );
    });
  }

  test("has the code and the field of what was refused, and not its words", async () => {
    await chat("refused", { temperature: "private" });
    const { status, error, param, level } = await lineOf(echo, "refused");
    assert.deepEqual(
      { status, error, param, level },
      { status: 400, error: "invalid_value", param: "temperature", level: 30 },
    );
    assert.doesNotMatch(JSON.stringify(echo.log), /private/);
  });

  test("never has a key, nor a query", async () => {
    await fetch(`${echo.url}/v1/models?api_key=sk-in-the-query`, {
      headers: { ...headers("query"), authorization: "Bearer sk-wrong" },
    });
    const { path, status, error, key } = await lineOf(echo, "query");
    assert.deepEqual(
      { path, status, error, key },
      { path: "/v1/models", status: 401, error: "invalid_api_key", key: undefined },
    );
    const body = JSON.stringify(chatBody("hi", { a_field_that_only_this_test_sends: 1 }));
    const url = `${echo.url}/v1/chat/completions?api_key=sk-in-the-query`;
    await fetch(url, { method: "POST", headers: headers("unknown"), body });
    await lineOf(echo, "unknown");
    assert.ok(echo.log.some(({ field }) => field === "a_field_that_only_this_test_sends"));
    assert.doesNotMatch(JSON.stringify(echo.log), /sk-/);
  });

  test("has paths that there are none of, also broken ones", async () => {
    const socket = connect(Number(new URL(echo.url).port), "127.0.0.1");
    socket.end("GET /%zz HTTP/1.1\r\nhost: weir\r\nx-request-id: broken\r\nconnection: close\r\n\r\n");
    const { path, status, error } = await lineOf(echo, "broken");
    assert.deepEqual({ path, status, error }, { path: "/%zz", status: 404, error: "route_not_found" });
  });

  test("has what was no request at all", async () => {
    const socket = connect(Number(new URL(echo.url).port), "127.0.0.1");
    socket.end("GARBAGE\r\n\r\n");
    await once(socket.resume(), "close");
    const lines = echo.log.filter(({ error }) => error === "invalid_http");
    const [{ msg, status, client } = {}] = lines;
    assert.deepEqual([lines.length, msg, status, client], [1, "request", 400, "127.0.0.1"]);
  });

  test("counts the bytes of each answer on a connection that is kept", async () => {
    const socket = connect(Number(new URL(echo.url).port), "127.0.0.1");
    let received = 0;
    socket.on("data", (chunk) => {
      received += chunk.length;
    });
    const ids = ["first", "second", "third"];
    const lines = ids.map((id, at) => {
      const close = at === ids.length - 1 ? "connection: close\r\n" : "";
      return `GET /v1/models HTTP/1.1\r\nhost: weir\r\n${close}authorization: Bearer sk-secret\r\nx-request-id: ${id}\r\n\r\n`;
    });
    socket.write(lines.join(""));
    await once(socket, "end");
    const logged = await Promise.all(ids.map((id) => lineOf(echo, id)));
    assert.equal(
      logged.reduce((sum, { bytes }) => sum + Number(bytes), 0),
      received,
    );
  });

  test("says once that a client left while its answer streamed, with the status that it had", async () => {
    const departure = new AbortController();
    const body = JSON.stringify(chatBody("endless ".repeat(1_500), { stream: true }));
    await fetch(`${echo.url}/v1/chat/completions`, {
      method: "POST",
      headers: headers("left"),
      body,
      signal: departure.signal,
    });
    departure.abort();
    const { status, aborted } = await lineOf(echo, "left");
    assert.deepEqual({ status, aborted }, { status: 200, aborted: true });
    await chat("after-left");
    assert.equal(requestLines(echo, "left").length, 1);
  });

  test("gives clients that left before anything was sent nginx's status, those that pipelined too", async () => {
    const body = JSON.stringify(chatBody("endless ".repeat(1_500)));
    const head = (id: string) =>
      Object.entries({ host: "weir", ...headers(id), "content-length": body.length })
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join("");
    const socket = connect(Number(new URL(echo.url).port), "127.0.0.1");
    for (const id of ["hasty-1", "hasty-2"])
      socket.write(`POST /v1/chat/completions HTTP/1.1\r\n${head(id)}\r\n${body}`);
    await eventually(async () => (await echo.model.slotTable()).some(({ state }) => state !== "idle"));
    socket.destroy();
    for (const id of ["hasty-1", "hasty-2"]) {
      const { status, aborted } = await lineOf(echo, id);
      assert.deepEqual({ id, status, aborted }, { id, status: 499, aborted: true });
    }
  });

  test("has probes only at debug", async () => {
    await fetch(`${echo.url}/health`, { headers: headers("probe") });
    assert.equal((await lineOf(echo, "probe"))["level"], 20);
  });
});

test("has the code of what a stream failed with after its status", async (context) => {
  const echo = await startEcho({ listen: true });
  context.after(() => echo.close());
  const response = await fetch(`${echo.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-request-id": "cut" },
    body: JSON.stringify(chatBody("endless ".repeat(100), { stream: true })),
  });
  await echo.model.close();
  await response.text();
  const { status, error, aborted } = await lineOf(echo, "cut");
  assert.deepEqual({ status, error, aborted }, { status: 200, error: "shutting_down", aborted: undefined });
});

test("of failed requests alone has no line for others", async (context) => {
  const requestLog = new RequestLog({ accessLog: "failed", slowRequestMs: 0 });
  const echo = await startEcho({ app: { requestLog } });
  context.after(() => echo.close());
  await echo.app.inject("/v1/models");
  await echo.app.inject("/nowhere");
  requestLog.options = { accessLog: "none", slowRequestMs: 0 };
  await echo.app.inject("/nowhere-else");
  const paths = echo.log.filter(({ msg }) => msg === "request").map(({ path }) => path);
  assert.deepEqual(paths, ["/nowhere"]);
});
