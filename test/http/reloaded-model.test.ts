import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { cpuAddon } from "../native/addon.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chatBody, contentOf, errorOf, eventually, postChat } from "./requests.js";

describe("a model that is unloaded and loaded again while it is asked", () => {
  let echo: EchoServer;
  beforeEach(async () => {
    echo = await startEcho({ load: { slots: 1, contextTokens: 2_048 } });
  });
  afterEach(() => echo.close());

  const waiting = (): number => echo.admission.load(echo.hosted).reduce((sum, lane) => sum + lane.waiting, 0);

  test("lets the answer that runs end, frees its memory, and serves who waited meanwhile", async () => {
    const { addon } = await cpuAddon();
    const text = "word ".repeat(200).trim();
    const running = contentOf(echo.app, text);
    await eventually(async () => echo.hosted.leases === 1);
    const unloaded = echo.hosted.unload();
    const next = contentOf(echo.app, "my turn");
    await eventually(async () => waiting() === 1);
    assert.equal(await running, text);
    await unloaded;
    assert.deepEqual([echo.hosted.state, addon.alive()], ["unloaded", { models: 0, contexts: 0 }]);
    await echo.hosted.load();
    assert.equal(await next, "my turn");
    assert.deepEqual([echo.hosted.leases, addon.alive()], [0, { models: 1, contexts: 1 }]);
  });

  test("tokenizes for those who waited for that, too", async () => {
    await echo.hosted.unload();
    const reply = echo.app.inject({ method: "POST", url: "/tokenize", payload: { content: "hi" } });
    await eventually(async () => waiting() === 1);
    await echo.hosted.load();
    assert.equal((await reply).statusCode, 200);
    assert.equal(echo.hosted.leases, 0);
  });

  test("tells those whose time is up", async () => {
    await echo.hosted.unload();
    const headers = { "x-request-timeout": "50ms" };
    const url = "/v1/chat/completions";
    const response = await echo.app.inject({ method: "POST", url, headers, payload: chatBody("hi") });
    assert.deepEqual([response.statusCode, errorOf(response).code], [504, "queue_timeout"]);
    assert.equal(waiting(), 0);
  });

  test("keeps its name and its facts", async () => {
    await echo.hosted.unload();
    const card = (await echo.app.inject("/v1/models/echo")).json();
    assert.deepEqual([card.id, card.context_length], ["echo", 2_048]);
    assert.equal((await echo.app.inject("/health")).statusCode, 200);
    assert.doesNotMatch((await echo.app.inject("/metrics")).body, /^weir_device_memory_bytes\{/m);
  });

  test("is loaded once, however many ask for it", async () => {
    const { addon } = await cpuAddon();
    await echo.hosted.unload();
    await Promise.all([echo.hosted.load(), echo.hosted.load(), echo.hosted.load()]);
    assert.deepEqual(addon.alive(), { models: 1, contexts: 1 });
  });

  test("is not loaded any more where the server goes away", async () => {
    await echo.hosted.unload();
    echo.models.drain();
    await assert.rejects(echo.hosted.load(), /server was closed|aborted/);
    const response = await postChat(echo.app, chatBody("hi"));
    assert.equal(errorOf(response).code, "shutting_down");
  });
});
