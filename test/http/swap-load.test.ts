import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuAddon } from "../native/addon.js";
import { streamChat, user } from "../support/chat-stream.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { startEmbedding } from "../support/embedding-server.js";
import { modelPaths } from "../support/models.js";

const clients = 60;

/** Streams one answer after the other until it is told to end. Returns how many. */
async function streamUntil({ url }: EchoServer, client: number, isOver: () => boolean): Promise<number> {
  for (let done = 0; ; done++) {
    if (isOver()) return done;
    const text = `client ${client} turn ${done} `.repeat(4).trim();
    const answer = await streamChat(url, [user(text)]);
    assert.deepEqual([answer.text, answer.finishReason], [text, "stop"]);
  }
}

async function swap(url: string, model: string, mode: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ model, mode });
  const response = await fetch(`${url}/admin/models/echo/swap`, { method: "POST", headers, body });
  assert.equal(response.status, 200, await response.text());
}

describe("swaps under 60 streams", () => {
  for (const mode of ["beside", "drain"]) {
    test(`(${mode}) leave every stream complete and exact, and nothing behind`, async (context) => {
      const echo = await startEcho({ load: { slots: 16, contextTokens: 256 }, listen: true });
      context.after(() => echo.close());
      let isOver = false;
      const streams = Array.from({ length: clients }, (_, client) => streamUntil(echo, client, () => isOver));
      await sleep(500);
      for (const file of [modelPaths.echoQ8, modelPaths.echoF16, modelPaths.echo])
        await swap(echo.url, file, mode);
      isOver = true;
      const answers = await Promise.all(streams);
      assert.ok(answers.every((count) => count > 0));
      const { addon } = await cpuAddon();
      assert.deepEqual([echo.hosted.leases, addon.alive()], [0, { models: 1, contexts: 1 }]);
    });
  }
});

test("a model that embeds is swapped while it is asked, and its vectors go on", async (context) => {
  const server = await startEmbedding();
  context.after(() => server.close());
  const vectorOf = async (input: string): Promise<number[]> => {
    const response = await server.app.inject({ method: "POST", url: "/v1/embeddings", payload: { input } });
    return response.json().data[0].embedding;
  };
  const before = await vectorOf("a text");
  let isOver = false;
  const asking = (async () => {
    const vectors: number[][] = [];
    while (!isOver) vectors.push(await vectorOf("a text"));
    return vectors;
  })();
  for (const mode of ["beside", "drain"]) {
    const payload = { model: modelPaths.tinyEmbedding, mode };
    const response = await server.app.inject({ method: "POST", url: "/admin/models/tiny/swap", payload });
    assert.equal(response.statusCode, 200, response.body);
  }
  isOver = true;
  for (const vector of await asking) assert.deepEqual(vector, before);
  assert.equal(server.hosted.leases, 0);
});
