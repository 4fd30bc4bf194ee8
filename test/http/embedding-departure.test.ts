import assert from "node:assert/strict";
import fs from "node:fs";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { writeModelWithoutNumbers } from "../native/bad-model.js";
import { type EmbeddingServer, startEmbedding } from "../support/embedding-server.js";
import { modelPaths } from "../support/models.js";
import { errorOf, eventually } from "./requests.js";

/** Some seconds of work: nobody waits for the end of it. */
const input = Array<number[]>(2_000).fill(Array<number>(300).fill(1000));

describe("a client of embeddings that leaves", () => {
  let server: EmbeddingServer;
  before(async () => {
    server = await startEmbedding({ listen: true });
  });
  after(() => server.close());

  function post(departure: AbortController, body: object): Promise<Response> {
    return fetch(`${server.url}/v1/embeddings`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: departure.signal,
    });
  }

  const waitingTexts = async (): Promise<number> => (await server.model.stats()).waitingTexts;

  test("takes its texts out of the queue", async () => {
    const departure = new AbortController();
    const answer = post(departure, { input });
    await eventually(async () => (await waitingTexts()) > 0);
    departure.abort();
    await assert.rejects(answer, { name: "AbortError" });
    await eventually(async () => (await waitingTexts()) === 0);
    assert.ok((await server.model.stats()).computedTexts < input.length);
  });

  test("does not keep another one waiting", async () => {
    const departure = new AbortController();
    const lost = post(departure, { input });
    await eventually(async () => (await waitingTexts()) > 0);
    const kept = post(new AbortController(), { input: "still here" });
    departure.abort();
    await assert.rejects(lost);
    assert.equal((await kept).status, 200);
  });

  test("while its texts are prepared never reaches the engine", async () => {
    const before = await server.model.stats();
    const body = JSON.stringify({ input });
    const head = `POST /v1/embeddings HTTP/1.1\r\nhost: weir\r\ncontent-type: application/json\r\nx-request-id: hasty`;
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`, () => socket.destroy());
    const logged = () =>
      server.log.filter(({ requestId, msg }) => requestId === "hasty" && msg !== "request");
    await eventually(async () => logged().length > 0);
    assert.deepEqual(
      logged().map(({ msg, status }) => ({ msg, status })),
      [{ msg: "embedding", status: "cancelled" }],
    );
    assert.deepEqual(await server.model.stats(), before);
  });
});

test("a model that is closed tells its clients that the server shuts down", async (context) => {
  const server = await startEmbedding();
  context.after(() => server.close());
  const answer = server.app.inject({ method: "POST", url: "/v1/embeddings", payload: { input } });
  await eventually(async () => (await server.model.stats()).waitingTexts > 0);
  await server.model.close();
  const response = await answer;
  assert.deepEqual([response.statusCode, errorOf(response).code], [503, "shutting_down"]);
});

test("a request after the model was closed is refused as the server shuts down", async (context) => {
  const server = await startEmbedding();
  context.after(() => server.close());
  await server.model.close();
  const response = await server.app.inject({
    method: "POST",
    url: "/v1/embeddings",
    payload: { input: "a" },
  });
  assert.deepEqual([response.statusCode, errorOf(response).code], [503, "shutting_down"]);
});

test("a model that computes no numbers answers with a 500 that says where to look", async (context) => {
  const modelPath = path.join(os.tmpdir(), `weir-no-numbers-${process.pid}.gguf`);
  writeModelWithoutNumbers(modelPath, modelPaths.tinyEmbedding);
  const server = await startEmbedding({ load: { modelPath } });
  context.after(async () => {
    await server.close();
    fs.rmSync(modelPath);
  });
  const response = await server.app.inject({
    method: "POST",
    url: "/v1/embeddings",
    payload: { input: "a" },
  });
  assert.equal(response.statusCode, 500);
  assert.match(errorOf(response).message, /its log says why/);
  const { err } = server.log.find(({ msg }) => msg === "request failed") ?? {};
  assert.match(JSON.stringify(err), /not finite numbers/);
});
