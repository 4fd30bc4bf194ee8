import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { startEcho } from "../support/echo-server.js";
import { chatBody } from "./requests.js";

test("the app closes at once though a client holds a connection that it never used", async () => {
  const echo = await startEcho({ listen: true });
  const socket = connect(Number(new URL(echo.url).port), "127.0.0.1");
  await once(echo.app.server, "connection");
  const closed = once(socket, "close");
  await echo.close();
  assert.deepEqual(await closed, [false]);
});

test("a request that is half sent when the app closes is refused, and its connection ends", async () => {
  const echo = await startEcho({ listen: true });
  const socket = connect(Number(new URL(echo.url).port), "127.0.0.1").setEncoding("utf8");
  let reply = "";
  socket.on("data", (text: string) => {
    reply += text;
  });
  const body = JSON.stringify(chatBody("hi"));
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  const arrived = once(echo.app.server, "request");
  socket.write(head + body.slice(0, 5));
  await arrived;
  const ended = once(socket, "close");
  const closed = echo.close();
  socket.write(body.slice(5));
  await Promise.all([ended, closed]);
  assert.match(reply, /^HTTP\/1\.1 503 /);
  assert.match(reply, /\r\nconnection: close\r\n/i);
  assert.match(reply, /\r\nretry-after: 5\r\n[\s\S]*"code":"shutting_down"/);
});

test("an answer that is computed when the app closes says that its connection ends", async () => {
  const echo = await startEcho({ listen: true });
  const arrived = once(echo.app.server, "request");
  const answer = fetch(`${echo.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(chatBody("one two three ".repeat(60))),
  });
  await arrived;
  while (echo.admission.status(echo.hosted).every(({ busy }) => busy === 0))
    await new Promise((resolve) => setTimeout(resolve, 5));
  const closed = echo.close();
  const { status, headers } = await answer;
  await closed;
  assert.deepEqual([status, headers.get("connection")], [200, "close"]);
});
