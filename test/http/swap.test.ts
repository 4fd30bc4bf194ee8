import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import type { LightMyRequestResponse } from "fastify";
import { modelReport } from "#weir/api/openai/model-reports.js";
import { swapReport } from "#weir/api/openai/swap.js";
import { cpuAddon } from "../native/addon.js";
import { writeModelWithoutNumbers } from "../native/bad-model.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { eventFrames } from "../support/event-frames.js";
import { modelPaths } from "../support/models.js";
import { chat, contentOf, errorOf, eventually } from "./requests.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-swap-"));
const truncated = path.join(folder, "truncated.gguf");
const withoutNumbers = path.join(folder, "nan.gguf");
const long = "word ".repeat(250).trim();

before(() => {
  fs.writeFileSync(truncated, fs.readFileSync(modelPaths.echoQ8).subarray(0, 30_000_000));
  writeModelWithoutNumbers(withoutNumbers);
});
after(() => fs.rmSync(folder, { recursive: true }));

function swap({ app }: EchoServer, fields: object): Promise<LightMyRequestResponse> {
  return app.inject({ method: "POST", url: "/admin/models/echo/swap", payload: fields });
}

async function reportOf({ app }: EchoServer) {
  const [model] = modelReport.parse((await app.inject("/admin/models")).json()).data;
  if (model === undefined) throw new Error("there is no model");
  return model;
}

const waitingIn = ({ admission, hosted }: EchoServer): number =>
  admission.load(hosted).reduce((sum, { waiting }) => sum + waiting, 0);

describe("a model that is swapped", () => {
  let echo: EchoServer;
  beforeEach(async () => {
    echo = await startEcho({ load: { slots: 1, contextTokens: 1_024 } });
  });
  afterEach(async () => {
    await echo.close();
    const { addon } = await cpuAddon();
    assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
  });

  for (const mode of ["beside", "drain"] as const) {
    test(`(${mode}) goes on under its name with the facts of the new file, and frees the old one`, async () => {
      const response = await swap(echo, { model: modelPaths.echoQ8, mode, ctx_size: 512 });
      const { seconds, ...report } = swapReport.parse(response.json());
      const files = { from: "echo-q4_0.gguf", to: "echo-q8_0.gguf", freed: true, kept_by: null };
      assert.deepEqual(report, { object: "model.swap", model: "echo", mode, ...files });
      assert.ok(seconds > 0);
      assert.equal(await contentOf(echo.app, "as before"), "as before");
      const props = (await echo.app.inject("/props")).json();
      assert.deepEqual([props.model_path, props.model_ftype], ["echo-q8_0.gguf", "Q8_0"]);
      assert.equal((await echo.app.inject("/v1/models/echo")).json().context_length, 512);
      const { addon } = await cpuAddon();
      assert.deepEqual([addon.alive(), echo.hosted.leases], [{ models: 1, contexts: 1 }, 0]);
    });

    test(`(${mode}) lets the answer that runs end, and serves who waits`, async () => {
      const held = echo.hosted.lease();
      const running = contentOf(echo.app, long);
      await eventually(async () => echo.hosted.leases === 2);
      const swapping = swap(echo, { model: modelPaths.echoQ8, mode });
      await eventually(async () => echo.hosted.swapProgress?.stage === "draining");
      const next = contentOf(echo.app, "my turn");
      const report = await reportOf(echo);
      assert.ok((report.swap?.requests ?? 0) > 0);
      assert.equal(report.state, mode === "beside" ? "ready" : "swapping");
      const { status } = (await echo.app.inject("/v1/models/echo")).json();
      assert.deepEqual(status, { value: mode === "beside" ? "loaded" : "loading" });
      assert.equal((await echo.app.inject("/health")).statusCode, 200);
      assert.equal((await echo.app.inject("/props")).statusCode, 200);
      held?.release();
      assert.deepEqual([await running, await next], [long, "my turn"]);
      assert.equal((await swapping).statusCode, 200);
    });

    test(`(${mode}) serves on with the old file where the new one is corrupt`, async () => {
      const response = await swap(echo, { model: truncated, mode });
      assert.deepEqual([response.statusCode, errorOf(response).code], [422, "swap_failed"]);
      assert.match(
        errorOf(response).message,
        /^truncated\.gguf was not taken: .* echo-q4_0\.gguf goes on serving\.$/,
      );
      assert.equal(await contentOf(echo.app, "still here"), "still here");
    });

    test(`(${mode}) serves on with the old file where the new one fails its proof`, async () => {
      const running = contentOf(echo.app, long);
      await eventually(async () => echo.hosted.leases === 1);
      const swapping = swap(echo, { model: withoutNumbers, mode });
      const next = contentOf(echo.app, "my turn");
      const response = await swapping;
      assert.match(errorOf(response).message, /^nan\.gguf was not taken: the proof has failed: .*no token/);
      assert.deepEqual([await running, await next], [long, "my turn"]);
      assert.equal((await reportOf(echo)).file, "echo-q4_0.gguf");
    });
  }

  test("keeps the old file where what runs does not end in time, and serves who waited", async () => {
    const held = echo.hosted.lease();
    const swapping = swap(echo, { model: modelPaths.echoQ8, mode: "drain", drain_seconds: 0.1 });
    await eventually(async () => echo.hosted.state === "swapping");
    const next = contentOf(echo.app, "my turn");
    const response = await swapping;
    assert.match(errorOf(response).message, /1 request was still running after 0\.1 s: .* goes on serving/);
    assert.equal(await next, "my turn");
    held?.release();
  });

  test("(beside) leaves the old file to what runs on it for too long, and frees it then", async () => {
    const { addon } = await cpuAddon();
    const held = echo.hosted.lease();
    const old = await chat(echo.app, "before");
    const response = await swap(echo, { model: modelPaths.echoQ8, mode: "beside", drain_seconds: 0.1 });
    const { freed, kept_by: keptBy } = response.json();
    assert.deepEqual([freed, keptBy], [false, "1 request still runs on it"]);
    assert.equal(await contentOf(echo.app, "by the new one"), "by the new one");
    const states = (await reportOf(echo)).instances.map(({ file, state }) => [file, state]);
    assert.deepEqual(states, [
      ["echo-q8_0.gguf", "serving"],
      ["echo-q4_0.gguf", "leaving"],
    ]);
    const again = await swap(echo, { model: modelPaths.echo, mode: "beside", drain_seconds: 30 });
    assert.equal(again.json().freed, true);
    assert.equal((await chat(echo.app, "after")).system_fingerprint, old.system_fingerprint);
    assert.equal(addon.alive().models, 2);
    held?.release();
    await eventually(async () => addon.alive().models === 1);
    assert.ok(echo.log.some(({ msg }) => msg === "the old file is freed"));
  });

  test("is swapped once at a time", async () => {
    const first = swap(echo, { model: modelPaths.echoQ8 });
    await eventually(async () => echo.hosted.swapProgress !== null);
    const second = await swap(echo, { model: modelPaths.echoF16 });
    assert.deepEqual([second.statusCode, errorOf(second).code], [409, "swap_in_progress"]);
    assert.match(errorOf(second).message, /"echo" is being swapped to echo-q8_0\.gguf/);
    assert.equal((await first).statusCode, 200);
  });

  test("tells who streams how far it is", async () => {
    const { headers, body } = await swap(echo, { model: modelPaths.echoQ8, stream: true });
    assert.match(String(headers["content-type"]), /^text\/event-stream/);
    const frames = eventFrames(body);
    const stages = frames.filter(({ event }) => event === "progress").map(({ data }) => data["stage"]);
    assert.deepEqual([...new Set(stages)], ["checking", "loading", "proving", "draining"]);
    assert.deepEqual([frames.at(-1)?.event, frames.at(-1)?.data["to"]], ["done", "echo-q8_0.gguf"]);
  });

  test("tells who streams why not", async () => {
    const headers = { accept: "text/event-stream" };
    const url = "/admin/models/echo/swap";
    const { body } = await echo.app.inject({ method: "POST", url, headers, payload: { model: truncated } });
    const last = eventFrames(body).at(-1);
    assert.equal(last?.event, "error");
    assert.match(JSON.stringify(last?.data), /"code":"swap_failed"/);
  });

  test("does not become one of another kind", async () => {
    const response = await swap(echo, { model: modelPaths.tinyEmbedding });
    assert.match(errorOf(response).message, /it is for embedding, and the model is for generation/);
  });

  test("ends its swap with the server", async () => {
    const held = echo.hosted.lease();
    const swapping = swap(echo, { model: modelPaths.echoQ8, mode: "drain" });
    await eventually(async () => echo.hosted.swapProgress?.stage === "draining");
    echo.models.drain();
    const response = await swapping;
    assert.deepEqual([response.statusCode, errorOf(response).code], [503, "shutting_down"]);
    held?.release();
  });

  test("ends its swap with the server while it loads", async () => {
    const swapping = swap(echo, { model: modelPaths.echoQ8 });
    await eventually(async () => echo.hosted.swapProgress?.stage === "loading");
    await echo.models.close();
    assert.equal(errorOf(await swapping).code, "shutting_down");
  });

  test("has counters that never go back", async () => {
    const total = async (): Promise<number> => {
      const { body } = await echo.app.inject("/metrics");
      return Number(/^weir_completion_tokens_total\{model="echo"\} (\d+)/m.exec(body)?.[1]);
    };
    await contentOf(echo.app, "one two three");
    const before = await total();
    await swap(echo, { model: modelPaths.echoQ8 });
    assert.ok(before > 0);
    // The proof of the new one is work too.
    assert.ok((await total()) >= before);
  });

  test("is swapped, too, where who asked for it has left", async (context) => {
    const url = await echo.app.listen({ host: "127.0.0.1", port: 0 });
    const leaving = new AbortController();
    context.after(() => leaving.abort());
    const body = JSON.stringify({ model: modelPaths.echoQ8 });
    const headers = { "content-type": "application/json" };
    const asked = { method: "POST", body, headers, signal: leaving.signal };
    const response = fetch(`${url}/admin/models/echo/swap`, asked);
    await eventually(async () => echo.hosted.swapProgress !== null);
    leaving.abort();
    await assert.rejects(response);
    await eventually(async () => echo.hosted.swapProgress === null);
    assert.equal(echo.hosted.facts.fileName, "echo-q8_0.gguf");
  });

  test("is swapped by administrators alone", async () => {
    const remoteAddress = "10.1.2.3";
    const url = "/admin/models/echo/swap";
    const payload = { model: modelPaths.echoQ8 };
    const response = await echo.app.inject({ method: "POST", url, payload, remoteAddress });
    assert.deepEqual([response.statusCode, errorOf(response).code], [403, "admin_only"]);
  });

  for (const [param, fields] of [
    ["parallel", { parallel: 9_999 }],
    ["ctx_size", { ctx_size: 2 ** 31 }],
  ] as const) {
    test(`is not swapped with ${param} beyond what the setting takes`, async () => {
      const response = await swap(echo, { model: modelPaths.echoQ8, ...fields });
      const error = errorOf(response);
      assert.deepEqual([response.statusCode, error.code, error.param], [400, "invalid_value", param]);
    });
  }

  test("is free for a new swap after one that failed", async () => {
    await swap(echo, { model: truncated });
    assert.equal((await swap(echo, { model: modelPaths.echoF16 })).statusCode, 200);
    assert.equal((await reportOf(echo)).swap, null);
  });
});

describe("a model that is swapped under a memory limit", () => {
  let echo: EchoServer;
  before(async () => {
    const load = { slots: 1, contextTokens: 512 };
    echo = await startEcho({ load, memoryLimitBytes: 150 * 2 ** 20 });
  });
  after(() => echo.close());

  test("is freed first where both do not fit, and who comes waits meanwhile", async () => {
    const swapping = swap(echo, { model: modelPaths.echoQ8 });
    await eventually(async () => echo.hosted.state === "swapping");
    const next = contentOf(echo.app, "my turn");
    await eventually(async () => waitingIn(echo) === 1);
    assert.equal(swapReport.parse((await swapping).json()).mode, "drain");
    assert.equal(await next, "my turn");
  });

  test("is not swapped beside itself", async () => {
    const response = await swap(echo, { model: modelPaths.echo, mode: "beside" });
    assert.match(errorOf(response).message, /CPU lacks .* goes on serving\.$/);
  });

  test("stays where the new one does not fit alone", async () => {
    const response = await swap(echo, { model: modelPaths.small });
    assert.match(errorOf(response).message, /beside 0 MiB .* goes on serving\.$/);
    assert.equal(await contentOf(echo.app, "still here"), "still here");
  });
});
