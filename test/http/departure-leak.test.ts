import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBody, contentOf, eventually } from "./requests.js";

const departures = 1_000;
const together = 20;
/** What the allocators of Node and llama.cpp move by themselves; one lost slot's text or buffers a request is far more. */
const allowedGrowthBytes = 48 * 1024 * 1024;

test("a thousand clients that leave at any moment leave nothing behind", async (context) => {
  const echo = await startEcho({ load: { slots: 4, contextTokens: 512 }, listen: true });
  context.after(() => echo.close());
  await leave(echo, departures / 5);
  const before = await footprint(echo);
  await leave(echo, departures);
  const after = await footprint(echo);
  assert.equal(await contentOf(echo.app, "still here"), "still here");
  assert.deepEqual(after.resources, before.resources);
  assert.ok(after.bytes - before.bytes < allowedGrowthBytes, `${after.bytes - before.bytes} bytes more`);
});

/** `count` clients: each leaves a little later than the one before, so that every phase of a request is hit. */
async function leave(echo: EchoServer, count: number): Promise<void> {
  for (let done = 0; done < count; done += together) {
    await Promise.all(
      Array.from({ length: together }, (_, index) => leaveAfter(echo, index * 3, index % 2 === 0)),
    );
  }
  await eventually(async () => (await echo.model.slotTable()).every(({ state }) => state === "idle"));
  await eventually(async () => (await echo.model.stats()).waiting === 0);
  // Also those whose prompts are being prepared hold a place.
  const lanes = () => echo.admission.status(echo.hosted);
  await eventually(async () => lanes().every(({ busy, waiting }) => busy === 0 && waiting === 0));
  if (echo.hosted.leases > 0) throw new Error(`${echo.hosted.leases} leases are still out`);
}

async function leaveAfter(echo: EchoServer, milliseconds: number, stream: boolean): Promise<void> {
  const body = JSON.stringify(chatBody("endless ".repeat(150), { stream }));
  const head = "POST /v1/chat/completions HTTP/1.1\r\nhost: weir\r\ncontent-type: application/json";
  const socket = connect(Number(new URL(echo.url).port), "127.0.0.1");
  socket.resume();
  socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  await sleep(milliseconds);
  socket.destroy();
  await once(socket, "close");
}

async function footprint(echo: EchoServer): Promise<{ bytes: number; resources: Record<string, number> }> {
  await eventually(async () => openConnections(echo).then((count) => count === 0));
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  return { bytes: process.memoryUsage.rss(), resources };
}

function openConnections({ app }: EchoServer): Promise<number> {
  return new Promise((resolve, reject) => {
    app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
