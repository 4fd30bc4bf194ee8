import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { ServerClient } from "../../bench/load/server-client.js";

const request = { kind: "text", prompt: "x", promptTokens: 1, maxTokens: 2, seed: 1 } as const;

/** An answer of two texts, whose usage says so many tokens. */
const answering =
  (completionTokens: number): RequestListener =>
  (_, response) => {
    const usage = { prompt_tokens: 1, completion_tokens: completionTokens };
    const frames = [{ choices: [{ text: "a" }] }, { choices: [{ text: "b" }] }, { choices: [], usage }];
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const frame of frames) response.write(`data: ${JSON.stringify(frame)}\n\n`);
    response.end("data: [DONE]\n\n");
  };

async function clientOf(context: TestContext, listener: RequestListener): Promise<ServerClient> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  const client = new ServerClient(`http://127.0.0.1:${port}`, performance.now());
  context.after(() => {
    client.close();
    server.close();
  });
  return client;
}

test("an answer's texts and tokens are in its record", async (context) => {
  const client = await clientOf(context, answering(2));
  const { record } = await client.send(request, { user: 3, index: 7 });
  const { user, index, textsMs, completionTokens, error } = record;
  assert.deepEqual([user, index, textsMs.length, completionTokens, error], [3, 7, 2, 2, null]);
});

test("an answer of another length than asked for is an error", async (context) => {
  const client = await clientOf(context, answering(1));
  const { record } = await client.send(request, { user: 0, index: 0 });
  assert.equal(record.error, "the answer has 1 tokens instead of 2");
});

test("a refusal is an error with its status and body", async (context) => {
  const client = await clientOf(context, (_, response) => response.writeHead(429).end("full"));
  const { record } = await client.send(request, { user: 0, index: 0 });
  assert.equal(record.error, "429: full");
});

test("a stream that breaks off is an error", async (context) => {
  const client = await clientOf(context, (_, response) => {
    response.write("data: {}\n\n", () => response.destroy());
  });
  const { record } = await client.send(request, { user: 0, index: 0 });
  assert.equal(record.error, "the server closed the connection");
});

test("requests that follow each other share a connection", async (context) => {
  const ports = new Set<number | undefined>();
  const client = await clientOf(context, (incoming, response) => {
    ports.add(incoming.socket.remotePort);
    answering(2)(incoming, response);
  });
  for (let index = 0; index < 3; index++) await client.send(request, { user: 0, index });
  assert.equal(ports.size, 1);
});

test("a request whose connections are all closed when they are used again is sent on a fresh one", async (context) => {
  const used = new Set<object>();
  const client = await clientOf(context, (incoming, response) => {
    if (used.has(incoming.socket)) incoming.socket.destroy();
    else answering(2)(incoming, response);
    used.add(incoming.socket);
  });
  await Promise.all([0, 1].map((user) => client.send(request, { user, index: user })));
  const { record } = await client.send(request, { user: 0, index: 2 });
  assert.deepEqual([record.error, used.size], [null, 3]);
});

test("a request that no connection answers is an error that says why", async (context) => {
  const client = await clientOf(context, (incoming) => void incoming.socket.destroy());
  const { record } = await client.send(request, { user: 0, index: 0 });
  assert.match(record.error ?? "", /^two connections gave no answer, the second since the server closed/);
});

test("a request that meets a closed connection is sent once more", async (context) => {
  let requests = 0;
  const client = await clientOf(context, (incoming, response) => {
    if (++requests === 2) incoming.socket.destroy();
    else answering(2)(incoming, response);
  });
  await client.send(request, { user: 0, index: 0 });
  const { record } = await client.send(request, { user: 0, index: 1 });
  assert.deepEqual([record.error, requests], [null, 3]);
});
