import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { eventually } from "./requests.js";

const limitBytes = 100_000;
const part = Buffer.alloc(64 * 1024, " ");

describe("a body that is too large", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ app: { bodyLimitBytes: limitBytes }, listen: true });
  });
  after(() => echo.close());

  /** Sends a body as simple clients do: all of it, and only then reads. */
  async function send(
    bytes: number,
    length: string,
  ): Promise<{ reply: string; sentBytes: number; error: string | null }> {
    const socket = connect({ port: Number(new URL(echo.url).port), host: "127.0.0.1", allowHalfOpen: true });
    let error: string | null = null;
    socket.on("error", ({ message }) => {
      error = message;
    });
    const closed = once(socket, "close");
    const head = "POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\ncontent-type: application/json\r\n";
    socket.write(`${head}${length}\r\n\r\n`);
    const isChunked = length.startsWith("transfer-encoding");
    let sentBytes = 0;
    while (sentBytes < bytes && !socket.destroyed) {
      if (isChunked) socket.write(`${part.length.toString(16)}\r\n`);
      const isTaken = socket.write(part);
      if (isChunked) socket.write("\r\n");
      sentBytes += part.length;
      if (!isTaken) await Promise.race([once(socket, "drain"), closed]).catch(() => {});
    }
    let reply = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      reply += text;
    });
    if (isChunked && !socket.destroyed) socket.write("0\r\n\r\n");
    if (!socket.destroyed) socket.end();
    await closed.catch(() => {});
    return { reply, sentBytes, error };
  }

  for (const length of [`content-length: ${80 * part.length}`, "transfer-encoding: chunked"]) {
    test(`gets its 413 though its client reads only when it has sent all (${length})`, async () => {
      for (let i = 0; i < 10; i++) {
        const { reply, error } = await send(80 * part.length, length);
        assert.equal(error, null);
        assert.match(reply, /^HTTP\/1\.1 413 [\s\S]*connection: close[\s\S]*"code":"body_too_large"/);
      }
    });
  }

  test("is not read for ever", async () => {
    const bytes = 2 ** 30;
    const { sentBytes } = await send(bytes, `content-length: ${bytes}`);
    assert.ok(sentBytes < bytes);
    await eventually(async () => (await connections(echo)) === 0);
  });
});

test("what is no HTTP gets its 400 though its client goes on sending", async (context) => {
  const echo = await startEcho({ listen: true });
  context.after(() => echo.close());
  for (let i = 0; i < 10; i++) {
    const socket = connect({ port: Number(new URL(echo.url).port), host: "127.0.0.1", allowHalfOpen: true });
    let reply = "";
    const closed = once(socket, "close");
    for (let sent = 0; sent < 16; sent++) socket.write(part);
    await once(socket, "drain");
    socket.setEncoding("utf8").on("data", (text: string) => {
      reply += text;
    });
    socket.end();
    await closed;
    assert.match(reply, /^HTTP\/1\.1 400 [\s\S]*"code":"invalid_http"/);
  }
});

function connections({ app }: EchoServer): Promise<number> {
  return new Promise((resolve, reject) => {
    app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
