import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { type EmbeddingServer, startEmbedding } from "../support/embedding-server.js";
import { errorOf, eventually } from "./requests.js";

/** Two of them are too long for one batch. */
const text = Array<number>(300).fill(1000);

describe("a request for embeddings that waits for the engine", () => {
  let server: EmbeddingServer;
  beforeEach(async () => {
    server = await startEmbedding();
  });
  afterEach(() => server.close());

  const post = (texts: number, headers: Record<string, string> = {}) =>
    server.app.inject({
      method: "POST",
      url: "/v1/embeddings",
      headers,
      payload: { input: Array<number[]>(texts).fill(text) },
    });

  test("is answered with 504 where it is not begun in time", async () => {
    const running = post(100);
    await eventually(async () => (await server.model.stats()).waitingTexts > 0);
    const late = await post(1, { "x-request-timeout": "1ms" });
    assert.deepEqual([late.statusCode, errorOf(late).code], [504, "queue_timeout"]);
    assert.match(String(late.headers["retry-after"]), /^\d+$/);
    assert.equal((await running).statusCode, 200);
  });

  test("is told when the server goes away, and what the engine is at is finished", async () => {
    const running = post(100);
    await eventually(async () => (await server.model.stats()).waitingTexts > 0);
    const waiting = post(1);
    await eventually(async () => server.admission.status(server.model)[0]?.busy === 101);
    server.model.drain();
    assert.equal(errorOf(await waiting).code, "shutting_down");
    assert.equal((await running).statusCode, 200);
  });

  test("or runs is told when the engine dies, and a fresh one serves who comes", async () => {
    const running = post(100);
    await eventually(async () => (await server.model.stats()).waitingTexts > 0);
    // What makes the thread throw where nobody catches: no request of a client gets there unchecked.
    void server.model.embed({} as never, new AbortController().signal);
    const response = await running;
    assert.deepEqual([response.statusCode, errorOf(response).code], [503, "model_unhealthy"]);
    await eventually(async () => server.model.isHealthy);
    assert.equal((await post(1)).statusCode, 200);
  });
});
