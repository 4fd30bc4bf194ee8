import assert from "node:assert/strict";
import { test } from "node:test";
import { ResponseReader } from "../../bench/load/response-reader.js";

const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/** Bodies and statuses that come of these pieces. */
function read(pieces: readonly string[]) {
  let body = "";
  const statuses: number[] = [];
  const reader = new ResponseReader({
    onBody: (text) => {
      body += text;
    },
    onEnd: (status) => statuses.push(status),
  });
  for (const piece of pieces) reader.push(piece);
  return { body, statuses };
}

test("a chunked body is read without its frame", () => {
  const bytes = `${chunked}5\r\nhello\r\n3\r\n, w\r\n0\r\n\r\n`;
  assert.deepEqual(read([bytes]), { body: "hello, w", statuses: [200] });
});

test("it does not matter where the bytes are cut", () => {
  const bytes = `${chunked}a\r\n0123456789\r\n0\r\n\r\n`;
  assert.deepEqual(read([...bytes]), { body: "0123456789", statuses: [200] });
});

test("a body of known length ends with its last byte", () => {
  const bytes = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 4\r\n\r\nfull";
  assert.deepEqual(read([bytes.slice(0, -2), bytes.slice(-2)]), { body: "full", statuses: [429] });
});

test("responses on one connection follow each other", () => {
  const bytes = "HTTP/1.1 204 No Content\r\n\r\n";
  assert.deepEqual(read([bytes + bytes]).statuses, [204, 204]);
});

test("what is no HTTP is an error", () => {
  assert.throws(() => read(["SSH-2.0-OpenSSH\r\n\r\n"]), /no HTTP/);
});
