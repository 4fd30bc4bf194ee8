import assert from "node:assert/strict";
import fs from "node:fs";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { FastifyInstance } from "fastify";
import { keyEntry } from "#weir/keys/key-entry.js";
import { addKey } from "#weir/keys/key-file.js";
import { KeyRing } from "#weir/keys/key-ring.js";
import { hashOf } from "#weir/keys/key-secret.js";
import type { ModelDirectory, ServedInstance } from "#weir/registry/served-model.js";
import { buildApp } from "#weir/server/app.js";
import { createLogger } from "#weir/telemetry/logger.js";
import { writeModelWithoutNumbers } from "../native/bad-model.js";
import { changedModel } from "../support/changed-model.js";
import { type EchoServer, startEcho } from "../support/echo-server.js";
import { startEmbedding, startReranking } from "../support/embedding-server.js";
import { MetricText } from "../support/metric-text.js";
import { chat, chatBody, errorOf, eventually, postChat } from "./requests.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-metrics-"));
after(() => fs.rmSync(folder, { recursive: true }));

async function scrape(app: FastifyInstance): Promise<MetricText> {
  const response = await app.inject("/metrics");
  assert.equal(response.statusCode, 200, response.body);
  assert.match(String(response.headers["content-type"]), /^text\/plain; version=0\.0\.4/);
  return new MetricText(response.body);
}

function appWith(models: Partial<ModelDirectory>): FastifyInstance {
  const none: ModelDirectory = { state: "ready", progress: 1, list: () => [], find: () => undefined };
  return buildApp({ models: { ...none, ...models }, logger: createLogger("silent") });
}

describe("GET /metrics of a model that generates", () => {
  let echo: EchoServer;
  before(async () => {
    echo = await startEcho({ load: { slots: 2, contextTokens: 512 }, listen: true });
  });
  after(() => echo.close());

  /** How much a series grows while something is done. */
  async function growthOf(name: string, labels: Record<string, string>, act: () => Promise<unknown>) {
    const earlier = (await scrape(echo.app)).value(name, labels) ?? Number.NaN;
    await act();
    return ((await scrape(echo.app)).value(name, labels) ?? Number.NaN) - earlier;
  }

  test("has every series at zero before anybody asks", async () => {
    const metrics = await scrape(echo.app);
    assert.equal(metrics.value("weir_requests_total", { model: "echo", finish_reason: "stop" }), 0);
    assert.equal(metrics.value("weir_errors_total", { code: "queue_full", status: "429" }), 0);
    assert.equal(metrics.value("weir_time_to_first_token_seconds_count", { model: "echo" }), 0);
    assert.equal(metrics.value("weir_slots", { model: "echo", state: "idle" }), 2);
    assert.equal(metrics.value("weir_kv_cache_capacity_tokens", { model: "echo" }), 1_024);
    assert.equal(metrics.value("weir_server_state", { state: "ready" }), 1);
    assert.equal(metrics.value("weir_kv_cache_used_bytes", { model: "echo", device: "CPU" }), 0);
  });

  test("has what of the KV cache on a device tokens are in", async () => {
    await chat(echo.app, "what stays in a slot when the answer has ended");
    const metrics = await scrape(echo.app);
    const held = metrics.value("weir_kv_cache_tokens", { model: "echo", holder: "idle" }) ?? 0;
    const device = { model: "echo", device: "CPU" };
    const allocated = metrics.value("weir_device_memory_bytes", { ...device, use: "context" }) ?? 0;
    assert.ok(held > 10 && allocated > 0);
    assert.equal(metrics.value("weir_kv_cache_used_bytes", device), (allocated * held) / 1_024);
  });

  test("counts what a request brought, streamed or not", async () => {
    for (const stream of [false, true]) {
      const before = await scrape(echo.app);
      const response = await postChat(echo.app, chatBody("one two three", { stream }));
      assert.equal(response.statusCode, 200);
      const after = await scrape(echo.app);
      const grown = (name: string, labels: object = {}): number => {
        const all = { model: "echo", ...labels };
        return (after.value(name, all) ?? 0) - (before.value(name, all) ?? 0);
      };
      const tokens = grown("weir_completion_tokens_total");
      assert.ok(tokens >= 4);
      assert.deepEqual(
        {
          requests: grown("weir_requests_total", { finish_reason: "stop" }),
          ttft: grown("weir_time_to_first_token_seconds_count"),
          whole: grown("weir_request_duration_seconds_count"),
          tpot: grown("weir_time_per_output_token_seconds_count"),
          answer: grown("weir_request_answer_tokens_sum"),
          prompt: grown("weir_request_prompt_tokens_sum"),
        },
        {
          requests: 1,
          ttft: 1,
          whole: 1,
          tpot: 1,
          answer: tokens,
          prompt: grown("weir_prompt_tokens_total"),
        },
      );
      // The end token has no text, and the first text no gap before it.
      assert.equal(grown("weir_inter_token_latency_seconds_count"), tokens - 2);
    }
  });

  test("a beginning that is found again is a hit, and is not computed", async () => {
    const ask = (): Promise<unknown> => chat(echo.app, "the same long beginning of a prompt again");
    await ask();
    const model = { model: "echo" };
    assert.ok((await growthOf("weir_prefix_hit_tokens_total", model, ask)) > 5);
    // Its last token is computed again, as a row of the decode pass.
    assert.equal(await growthOf("weir_rows_total", { ...model, pass: "prompt" }, ask), 0);
  });

  test("has the steps by kind, and a graph for each decode pass", async () => {
    await Promise.all([chat(echo.app, "a b c"), chat(echo.app, "d e f g")]);
    const metrics = await scrape(echo.app);
    const steps = metrics.value("weir_step_duration_seconds_count", { model: "echo", kind: "decode" }) ?? 0;
    const mixed = metrics.value("weir_step_duration_seconds_count", { model: "echo", kind: "mixed" }) ?? 0;
    const passes = metrics.value("weir_decode_passes_total", { model: "echo" });
    assert.equal(steps + mixed, passes);
    assert.equal(metrics.value("weir_graphs_total", { model: "echo", pass: "decode" }), passes);
  });

  test("buckets are cumulative and end with the count", async () => {
    await chat(echo.app, "one");
    const metrics = await scrape(echo.app);
    const name = "weir_request_duration_seconds";
    const bounds = [...metrics.text.matchAll(new RegExp(`^${name}_bucket\\{.*le="(.*)"`, "gm"))];
    const counts = bounds.map(([, le = ""]) => metrics.value(`${name}_bucket`, { model: "echo", le }) ?? -1);
    assert.ok(counts.length > 10);
    assert.deepEqual(
      counts.toSorted((a, b) => a - b),
      counts,
    );
    assert.equal(counts.at(-1), metrics.value(`${name}_count`, { model: "echo" }));
  });

  test("a request that runs is seen in a slot, and one whose client left is counted as cancelled", async () => {
    const abort = new AbortController();
    const growth = await growthOf(
      "weir_requests_total",
      { model: "echo", finish_reason: "cancelled" },
      async () => {
        const body = JSON.stringify(chatBody("long ".repeat(150), { stream: true }));
        const headers = { "content-type": "application/json" };
        const url = `${echo.url}/v1/chat/completions`;
        const response = await fetch(url, { method: "POST", body, headers, signal: abort.signal });
        await eventually(async () => {
          const metrics = await scrape(echo.app);
          const running = metrics.value("weir_engine_running_requests", { model: "echo" });
          const places = metrics.value("weir_gate_places_used", { model: "echo", lane: "answers" });
          const tokens = metrics.value("weir_kv_cache_tokens", { model: "echo", holder: "running" }) ?? 0;
          return running === 1 && places === 1 && tokens > 0;
        });
        abort.abort();
        await assert.rejects(response.text());
        // The engine knows it a moment before this thread does.
        await eventually(async () => echo.admission.load(echo.hosted).every(({ busy }) => busy === 0));
      },
    );
    assert.equal(growth, 1);
  });

  for (const [what, code, status, send] of [
    ["a field that is wrong", "invalid_value", 400, () => postChat(echo.app, chatBody("a", { n: -1 }))],
    [
      "a prompt that turned out too long",
      "context_length_exceeded",
      400,
      () => postChat(echo.app, chatBody("word ".repeat(600))),
    ],
    ["a path that does not exist", "route_not_found", 404, () => echo.app.inject("/nowhere")],
    ["a path that Fastify itself refuses", "route_not_found", 404, () => echo.app.inject("/%zz")],
    ["what is no HTTP", "invalid_http", 400, () => sendBytes(echo.url, "GARBAGE\r\n\r\n")],
  ] as const) {
    test(`${what} is counted once, as ${code}`, async () => {
      const labels = { code, status: String(status) };
      assert.equal(await growthOf("weir_errors_total", labels, send), 1);
    });
  }

  test("no series comes of what clients send", async () => {
    const before = await scrape(echo.app);
    await postChat(echo.app, { ...chatBody("hi"), model: "no-such-model", user: "mallory" });
    await chat(echo.app, "hi", { user: "mallory" });
    await echo.app.inject({ url: "/nowhere/mallory", headers: { "x-request-id": "mallory" } });
    const after = await scrape(echo.app);
    assert.deepEqual(
      after.series.filter((key) => key.startsWith("weir_")).sort(),
      before.series.filter((key) => key.startsWith("weir_")).sort(),
    );
    assert.doesNotMatch(after.text, /mallory|no-such-model/);
  });

  test("two scrapes at once both have everything, and no series twice", async () => {
    const [one, other] = await Promise.all([scrape(echo.app), scrape(echo.app)]);
    assert.deepEqual(one.names.sort(), other.names.sort());
  });

  test("has the process beside it, without prom-client's own event loop", async () => {
    const { names } = await scrape(echo.app);
    assert.ok(
      names.includes("process_cpu_seconds_total") && names.includes("weir_event_loop_delay_p99_seconds"),
    );
    assert.ok(!names.some((name) => name.startsWith("nodejs_eventloop_lag")));
  });
});

function sendBytes(url: string, bytes: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket
      .on("close", () => resolve())
      .on("error", reject)
      .resume();
    socket.write(bytes);
  });
}

test("a queue that is full is seen in the gauges and the refusals", async (context) => {
  const admission = { queueSize: 1, queueTokens: 1_000, queueTimeoutMs: 60_000, textPlaces: 1 };
  const echo = await startEcho({ load: { slots: 1, contextTokens: 1_024 }, admission });
  context.after(() => echo.close());
  const waiting = { model: "echo", lane: "answers" };
  const answers = Array.from({ length: 5 }, () => postChat(echo.app, chatBody("long ".repeat(60))));
  await eventually(async () => (await scrape(echo.app)).value("weir_gate_waiting_requests", waiting) === 1);
  const refused = (await Promise.all(answers)).filter(({ statusCode }) => statusCode === 429);
  const metrics = await scrape(echo.app);
  assert.equal(metrics.value("weir_gate_waiting_requests_limit", waiting), 1);
  assert.equal(metrics.value("weir_errors_total", { code: "queue_full", status: "429" }), refused.length);
  assert.ok(refused.length > 0);
});

test("while the model loads there is its state, and nothing of a model", async () => {
  const app = appWith({ state: "loading", progress: 0.25 });
  await postChat(app, chatBody("hi"));
  const metrics = await scrape(app);
  assert.equal(metrics.value("weir_server_state", { state: "loading" }), 1);
  assert.equal(metrics.value("weir_server_state", { state: "ready" }), 0);
  assert.equal(metrics.value("weir_model_load_ratio"), 0.25);
  assert.equal(metrics.value("weir_errors_total", { code: "model_loading", status: "503" }), 1);
  assert.doesNotMatch(metrics.text, /model="/);
});

for (const [kind, start, ask] of [
  ["embedding", startEmbedding, { url: "/v1/embeddings", payload: { input: ["one", "two three"] } }],
  ["rerank", startReranking, { url: "/v1/rerank", payload: { query: "one", documents: ["two", "three"] } }],
] as const) {
  test(`a model of the kind ${kind} has its texts, and no slots`, async (context) => {
    const server = await start();
    context.after(() => server.close());
    const response = await server.app.inject({ method: "POST", ...ask });
    assert.equal(response.statusCode, 200, response.body);
    const metrics = await scrape(server.app);
    const model = { model: "tiny" };
    assert.equal(metrics.value("weir_texts_total", model), 2);
    assert.equal(metrics.value("weir_requests_total", { ...model, finish_reason: "stop" }), 1);
    assert.equal(metrics.value("weir_request_duration_seconds_count", model), 1);
    assert.equal(metrics.value("weir_gate_places_used", { ...model, lane: "vectors" }), 0);
    assert.equal(
      metrics.value("weir_request_prompt_tokens_sum", model),
      metrics.value("weir_prompt_tokens_total", model),
    );
    assert.equal(metrics.value("weir_slots", { ...model, state: "idle" }), undefined);
  });
}

test("a stream that fails is counted by its code and by its end", async (context) => {
  const modelPath = path.join(folder, "not-a-number.gguf");
  writeModelWithoutNumbers(modelPath);
  const broken = await startEcho({ load: { modelPath, contextTokens: 256 } });
  context.after(() => broken.close());
  await postChat(broken.app, chatBody("hello", { stream: true }));
  const metrics = await scrape(broken.app);
  assert.equal(metrics.value("weir_errors_total", { code: "engine_failed", status: "500" }), 1);
  assert.equal(metrics.value("weir_requests_total", { model: "echo", finish_reason: "error" }), 1);
});

test("after the engine has died its last numbers stand, with their age", async (context) => {
  const echo = await startEcho({ load: { slots: 1, contextTokens: 256 } });
  context.after(() => echo.close());
  await chat(echo.app, "one two");
  const alive = await scrape(echo.app);
  await echo.model.close();
  const dead = await scrape(echo.app);
  const tokens = (metrics: MetricText) => metrics.value("weir_completion_tokens_total", { model: "echo" });
  assert.ok((tokens(alive) ?? 0) > 0);
  assert.equal(tokens(dead), tokens(alive));
  assert.equal(alive.value("weir_engine_report_age_seconds", { model: "echo" }), 0);
  assert.ok((dead.value("weir_engine_report_age_seconds", { model: "echo" }) ?? 0) > 0);
});

test("an engine that never answers is asked once, and holds no scrape up", async (context) => {
  const echo = await startEcho({ load: { slots: 1, contextTokens: 256 } });
  context.after(() => echo.close());
  let questions = 0;
  const stuck: ServedInstance = Object.create(echo.model, {
    inspect: {
      value: () => {
        questions++;
        return new Promise(() => {});
      },
    },
  });
  const app = appWith({ list: () => [changedModel(echo.hosted, { loaded: [stuck] })] });
  const [first, second] = await Promise.all([scrape(app), scrape(app)]);
  for (const metrics of [first, second]) {
    assert.ok((metrics.value("weir_engine_report_age_seconds", { model: "echo" }) ?? 0) > 0.9);
    assert.equal(metrics.value("weir_gate_places_used", { model: "echo", lane: "answers" }), 0);
    assert.doesNotMatch(metrics.text, /^weir_slots\{/m);
  }
  assert.equal(questions, 1);
});

describe("who may scrape", () => {
  /** A ring with an admin key and another one, each named as its secret. */
  async function ringOfTwo(): Promise<KeyRing> {
    const file = path.join(folder, "keys.yaml");
    if (!fs.existsSync(file)) {
      await addKey(file, keyEntry.parse({ name: "prometheus", hash: hashOf("prometheus"), admin: true }));
      await addKey(file, keyEntry.parse({ name: "alice", hash: hashOf("alice") }));
    }
    const keys = new KeyRing();
    keys.reload([], file);
    return keys;
  }

  async function statusFor(metricsAccess: "admin" | "open", key: string | null, remoteAddress = "10.1.2.3") {
    const models: ModelDirectory = { state: "loading", progress: 0, list: () => [], find: () => undefined };
    const keys = key === null ? new KeyRing() : await ringOfTwo();
    const app = buildApp({ models, logger: createLogger("silent"), keys, metricsAccess });
    const headers = key === null || key === "" ? {} : { authorization: `Bearer ${key}` };
    return app.inject({ url: "/metrics", headers, remoteAddress });
  }

  test("an admin key may, another key and none may not", async () => {
    assert.equal((await statusFor("admin", "prometheus")).statusCode, 200);
    assert.equal(errorOf(await statusFor("admin", "alice")).code, "admin_only");
    assert.equal(errorOf(await statusFor("admin", "")).code, "invalid_api_key");
  });

  test("without keys this machine may, and no other one", async () => {
    assert.equal((await statusFor("admin", null, "127.0.0.1")).statusCode, 200);
    assert.equal(errorOf(await statusFor("admin", null)).code, "admin_only");
  });

  test("with metrics-access open everybody may, and only that", async () => {
    assert.equal((await statusFor("open", null)).statusCode, 200);
    assert.equal((await statusFor("open", "")).statusCode, 200);
  });
});
