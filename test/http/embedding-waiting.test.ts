import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { RequestTrail } from "#weir/telemetry/request-trail.js";
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
    await eventually(async () => server.admission.status(server.hosted)[0]?.busy === 101);
    server.model.drain();
    assert.equal(errorOf(await waiting).code, "shutting_down");
    assert.equal((await running).statusCode, 200);
  });

  test("keeps the name of the model that it came with", async () => {
    const running = post(100);
    await eventually(async () => (await server.model.stats()).waitingTexts > 0);
    server.hosted.names = ["renamed"];
    assert.equal((await running).json()["model"], "tiny");
    assert.equal(server.log.find(({ msg }) => msg === "embedding")?.["model"], "tiny");
    const { measures } = server.app;
    assert.deepEqual([...measures.models.keys()], ["tiny"]);
    assert.equal(measures.ofModel("tiny").finished.stop, 1);
  });

  test("or runs is told when the engine dies, and a fresh one serves who comes", async () => {
    const running = post(100);
    await eventually(async () => (await server.model.stats()).waitingTexts > 0);
    // What makes the thread throw where nobody catches: no request of a client gets there unchecked.
    void server.model.embed({} as never, new AbortController().signal);
    const response = await running;
    assert.deepEqual([response.statusCode, errorOf(response).code], [503, "model_unhealthy"]);
    const lines = server.log.filter(({ msg }) => msg === "embedding");
    assert.deepEqual(
      lines.map(({ status, texts }) => [status, texts]),
      [["error", 100]],
    );
    assert.equal(server.app.measures.ofModel("tiny").finished.error, 1);
    await eventually(async () => server.model.isHealthy);
    assert.equal((await post(1)).statusCode, 200);
  });
});

test("the trail of a request for embeddings has the name that it asked for beside the model's own", async (context) => {
  const names: unknown[] = [];
  const end = ({ begun }: RequestTrail): void =>
    void names.push(begun?.facts.model, begun?.facts.requestedModel);
  const begin = () => ({ traceId: "", spanId: "", end });
  const server = await startEmbedding({ app: { tracing: { begin, close: async () => {} } } });
  context.after(() => server.close());
  server.hosted.names = ["first", "second"];
  const payload = { model: "second", input: "hi" };
  const { statusCode } = await server.app.inject({ method: "POST", url: "/v1/embeddings", payload });
  await eventually(async () => names.length > 0);
  assert.deepEqual([statusCode, ...names], [200, "first", "second"]);
});
