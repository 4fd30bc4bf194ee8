import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { after, before, test } from "node:test";
import { errorResponse } from "#weir/api/openai/responses.js";
import { replyToClientError } from "#weir/server/client-error.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";

let echo: EchoServer;
before(async () => {
  echo = await startEcho({ load: { slots: 1, contextTokens: 256 }, listen: true });
});
after(() => echo.close());

/** What the server answers to these bytes, head and body. */
async function answerTo(bytes: string): Promise<{ head: string; body: string }> {
  const socket = connect(Number(new URL(echo.url).port), "127.0.0.1");
  socket.setEncoding("utf8");
  socket.write(bytes);
  let text = "";
  for await (const piece of socket) text += piece;
  const [head = "", body = ""] = text.split("\r\n\r\n");
  return { head, body };
}

for (const [what, bytes, status] of [
  ["what is no HTTP", "GARBAGE\r\n\r\n", 400],
  [
    "headers that are too large",
    `GET /health HTTP/1.1\r\nhost: weir\r\nx: ${"a".repeat(20_000)}\r\n\r\n`,
    431,
  ],
  ["a request without a Host", "GET /health HTTP/1.1\r\nconnection: close\r\n\r\n", 400],
  ["CONNECT", "CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n", 405],
] as const) {
  test(`${what} gets an error in the shape of all others, with a request id`, async () => {
    const { head, body } = await answerTo(bytes);
    assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*x-request-id: req_`));
    assert.equal(errorResponse.parse(JSON.parse(body)).error.type, "invalid_request_error");
  });
}

test("a request that does not arrive in time is a 408 that SDKs may repeat", async (context) => {
  const server = createServer((socket) => {
    const late = Object.assign(new Error("late"), { code: "ERR_HTTP_REQUEST_TIMEOUT" });
    replyToClientError(late, socket, () => {});
  }).listen(0, "127.0.0.1");
  context.after(() => server.close());
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  const answer = await fetch(`http://127.0.0.1:${address.port}`);
  assert.equal(answer.status, 408);
  assert.equal(errorResponse.parse(await answer.json()).error.code, "request_timeout");
  assert.equal(answer.headers.get("x-should-retry"), "true");
});

test("an expectation that nobody knows is passed over", async () => {
  const request = "GET /health HTTP/1.1\r\nhost: weir\r\nexpect: a-miracle\r\nconnection: close\r\n\r\n";
  assert.match((await answerTo(request)).head, /^HTTP\/1\.1 200 /);
});

test("HTTP/1.0 needs no Host", async () => {
  assert.match((await answerTo("GET /health HTTP/1.0\r\n\r\n")).head, /^HTTP\/1\.1 200 /);
});
