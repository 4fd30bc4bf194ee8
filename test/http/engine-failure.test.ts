import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { FastifyInstance } from "fastify";
import { errorResponse, modelList } from "#weir/api/openai/responses.js";
import { CircuitBreaker } from "#weir/registry/circuit-breaker.js";
import type { ModelDirectory } from "#weir/registry/served-model.js";
import { buildApp } from "#weir/server/app.js";
import { createLogger } from "#weir/telemetry/logger.js";
import { cpuAddon } from "../native/addon.js";
import { writeModelWithoutNumbers } from "../native/bad-model.js";
import { changedModel } from "../support/changed-model.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { chat, chatBody, errorOf, eventually, postChat } from "./requests.js";

const file = path.join(os.tmpdir(), `weir-not-a-number-${process.pid}.gguf`);
let broken: EchoServer;

before(async () => {
  writeModelWithoutNumbers(file);
  broken = await startEcho({ load: { modelPath: file, contextTokens: 256 } });
});

after(async () => {
  await broken.close();
  fs.rmSync(file);
});

/** The error of the last event but the end mark. */
function errorOfStream(body: string): { code: string | null; end: string | undefined } {
  const [failure = "", end] = body.trimEnd().split("\n\n").slice(-2);
  return { code: errorResponse.parse(JSON.parse(failure.slice("data: ".length))).error.code, end };
}

test("a stream whose engine fails ends with an error and the end mark", async () => {
  const { body } = await postChat(broken.app, chatBody("hello", { stream: true }));
  assert.deepEqual(errorOfStream(body), { code: "engine_failed", end: "data: [DONE]" });
});

test("an answer whose engine fails is a 500 that says where to look", async () => {
  const response = await postChat(broken.app, chatBody("hello"));
  assert.equal(response.statusCode, 500);
  assert.match(errorOf(response).message, /id req_\w+\); its log says why/);
});

test("the log says why an engine failed", async () => {
  await postChat(broken.app, chatBody("hello", { stream: true }));
  const { err } = broken.log.find(({ msg }) => msg === "generation failed") ?? {};
  assert.match(JSON.stringify(err), /no token/);
});

for (const stream of [true, false]) {
  test(`a model that is closed tells the clients of ${stream ? "streams" : "answers"} that the server shuts down`, async (context) => {
    const echo = await startEcho({ load: { slots: 1, contextTokens: 8_192 } });
    context.after(() => echo.close());
    const answer = postChat(echo.app, chatBody("endless ".repeat(1_500), { stream }));
    await eventually(async () => (await echo.model.slotTable()).some(({ state }) => state === "decode"));
    await echo.model.close();
    const response = await answer;
    const code = stream ? errorOfStream(response.body).code : errorOf(response).code;
    assert.deepEqual([response.statusCode, code], [stream ? 200 : 503, "shutting_down"]);
  });
}

/** What makes an engine's thread throw where nobody catches: no request of a client gets there unchecked. */
function kill(echo: EchoServer): void {
  echo.model.generate({} as never, { onText: () => {}, onFinish: () => {} });
}

async function codeAt(echo: EchoServer, path: string): Promise<string | null> {
  const response = await echo.app.inject(path);
  return response.statusCode === 200 ? null : errorOf(response).code;
}

describe("an engine whose passes keep failing", () => {
  test("is replaced, and given up when that does not help", async (context) => {
    const { addon } = await cpuAddon();
    const before = addon.alive();
    const echo = await startEcho({ load: { modelPath: file, contextTokens: 256 } });
    context.after(() => echo.close());
    const fail = () => postChat(echo.app, chatBody("hello"));
    for (let i = 0; i < 4; i++) assert.equal(errorOf(await fail()).code, "engine_failed");
    assert.equal(await codeAt(echo, "/health/ready"), null);
    const last = await fail();
    assert.deepEqual([last.statusCode, errorOf(last).code], [503, "model_unhealthy"]);

    assert.equal(await codeAt(echo, "/health"), "model_unhealthy");
    assert.equal((await echo.app.inject("/health/live")).json().state, "unhealthy");
    const { data } = modelList.parse((await echo.app.inject("/v1/models")).json());
    assert.deepEqual(data[0]?.status, { value: "loading", failed: true });
    const meanwhile = await fail();
    assert.deepEqual([meanwhile.statusCode, meanwhile.headers["retry-after"]], [503, "5"]);

    await eventually(async () => (await codeAt(echo, "/health")) === null);
    for (let i = 0; i < 5; i++) await fail();
    await eventually(async () => (await codeAt(echo, "/health")) === "model_load_failed");
    assert.equal(echo.log.filter(({ msg }) => /a fresh one takes its place/.test(String(msg))).length, 1);
    assert.equal(addon.alive().contexts, before.contexts);
  });
});

describe("a model whose engine is being replaced", () => {
  let echo: EchoServer;
  let app: FastifyInstance;
  before(async () => {
    echo = await startEcho({ load: { slots: 1, contextTokens: 256 } });
    // As long as the tests like.
    const model = changedModel(echo.hosted, { state: "unhealthy" });
    const find = (name: string) => (name === model.id ? model : undefined);
    const models: ModelDirectory = { state: "unhealthy", progress: 1, list: () => [model], find };
    app = buildApp({ models, logger: createLogger("silent") });
  });
  after(async () => {
    await app.close();
    await echo.close();
  });

  const messages = [{ role: "user" as const, content: "hi" }];
  for (const [method, url, payload] of [
    ["GET", "/props", undefined],
    ["GET", "/v1/models/echo", undefined],
    ["POST", "/tokenize", { content: "hi" }],
    ["POST", "/apply-template", { messages }],
  ] as const) {
    test(`answers ${url}, which needs no engine`, async () => {
      const headers = { "x-request-timeout": "1s" };
      const { statusCode } = await app.inject({ method, url, headers, ...(payload && { payload }) });
      assert.equal(statusCode, 200);
    });
  }

  test("asks whoever wants an answer to come back", async () => {
    const response = await postChat(app, { messages });
    assert.deepEqual([response.statusCode, errorOf(response).code], [503, "model_unhealthy"]);
  });

  test("does not speak for a model that is not served", async () => {
    const responses = [await app.inject("/v1/models/x"), await postChat(app, { model: "x", messages })];
    for (const response of responses) assert.equal(errorOf(response).code, "model_not_found");
  });

  test("does not become one that embeds", async () => {
    const response = await app.inject({ method: "POST", url: "/v1/embeddings", payload: { input: "hi" } });
    assert.equal(errorOf(response).code, "model_cannot_embed");
  });
});

test("scores of a prompt, without a token of an answer, are work of an engine", async (context) => {
  const echo = await startEcho({ load: { slots: 1, contextTokens: 256 } });
  context.after(() => echo.close());
  const worked = context.mock.method(CircuitBreaker.prototype, "passWorked");
  const payload = { prompt: "one two three", echo: true, logprobs: 0, max_tokens: 0 };
  const { statusCode } = await echo.app.inject({ method: "POST", url: "/v1/completions", payload });
  assert.deepEqual([statusCode, worked.mock.callCount()], [200, 1]);
});

describe("an engine whose thread dies", () => {
  test("is replaced: who ran is told, who waited at the gate is served", async (context) => {
    const echo = await startEcho({ load: { slots: 1, contextTokens: 8_192 } });
    context.after(() => echo.close());
    const { addon } = await cpuAddon();
    const contexts = addon.alive().contexts;
    const running = [true, false, false].map((stream) =>
      postChat(echo.app, chatBody("endless ".repeat(1_500), { stream })),
    );
    const lane = () => echo.admission.status(echo.hosted)[0];
    await eventually(async () => lane()?.busy === 3 && lane()?.prepared === 2);
    await eventually(async () => (await echo.model.slotTable()).some(({ state }) => state === "decode"));
    const waiting = chat(echo.app, "my turn");
    await eventually(async () => lane()?.waiting === 1);
    kill(echo);

    const [stream, ...prepared] = await Promise.all(running);
    assert.equal(errorOfStream(stream?.body ?? "").code, "model_unhealthy");
    for (const response of prepared)
      assert.deepEqual([response.statusCode, errorOf(response).code], [503, "model_unhealthy"]);
    assert.equal((await waiting).choices[0]?.message.content, "my turn");
    assert.deepEqual([echo.models.state, addon.alive().contexts], ["ready", contexts]);
  });

  test("again is given up", async (context) => {
    const echo = await startEcho({ load: { slots: 1, contextTokens: 256 } });
    context.after(() => echo.close());
    for (const [killed, state] of [
      [0, "unhealthy"],
      [1, "failed"],
    ] as const) {
      kill(echo);
      await eventually(async () => echo.models.state === state);
      if (killed === 0) await eventually(async () => echo.models.state === "ready");
    }
    assert.ok(echo.log.some(({ msg }) => msg === "the model's engine has died"));
    assert.equal(echo.admission.load(echo.hosted)[0]?.places, 0);
  });

  test("while the server drains is not replaced, and no reason to fail: who ran is told, and the log", async (context) => {
    const echo = await startEcho({ load: { slots: 1, contextTokens: 8_192 } });
    context.after(() => echo.close());
    const running = postChat(echo.app, chatBody("endless ".repeat(1_500)));
    await eventually(async () => (await echo.model.slotTable()).some(({ state }) => state === "decode"));
    echo.models.drain();
    kill(echo);
    const response = await running;
    assert.deepEqual([response.statusCode, errorOf(response).code], [503, "shutting_down"]);
    assert.equal(echo.model.isHealthy, false);
    await echo.models.close();
    assert.equal(echo.models.state, "closing");
    assert.ok(echo.log.every(({ msg }) => !/a fresh one|has died/.test(String(msg))));
    const lines = echo.log.filter(({ msg }) => /failed while the server goes away/.test(String(msg)));
    assert.match(JSON.stringify(lines.map(({ reason }) => reason)), /^\["the engine thread failed: /);
  });
});
