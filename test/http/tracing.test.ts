import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { type ChatResponse, chatResponse } from "#weir/api/openai/responses.js";
import { RequestLog } from "#weir/server/request-log.js";
import { RequestTrail } from "#weir/telemetry/request-trail.js";
import { startTracing } from "#weir/telemetry/start-tracing.js";
import type { Tracing } from "#weir/telemetry/tracing.js";
import { writeModelWithoutNumbers } from "../native/bad-model.js";
import { type EchoServer, type EchoServerOptions, startEcho } from "../support/echo-server.js";
import { OtlpCollector, type ReceivedSpan } from "../support/otlp-collector.js";
import { chatBody, eventually } from "./requests.js";

const callersTrace = "0af7651916cd43dd8448eb211c80319c";
const callersSpan = "b7ad6b7169203331";

/** A server whose spans go to a collector; they are all there once it is closed. */
interface TracedServer {
  readonly echo: EchoServer;
  readonly collector: OtlpCollector;
  readonly warnings: string[];
  /** Sends what there is. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

async function startTraced({ app, ...options }: EchoServerOptions = {}): Promise<TracedServer> {
  const collector = await OtlpCollector.start();
  const warnings: string[] = [];
  const log = { warn: (_fields: object, message: string) => void warnings.push(message) };
  const endpoint = `${collector.url}/`;
  const tracing: Tracing = (await startTracing({ endpoint, version: "1.2.3", log }, {})) ?? assert.fail();
  const echo = await startEcho({ ...options, app: { ...app, tracing }, listen: true });
  let isOpen = true;
  const flush = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await echo.close();
    await tracing.close();
  };
  const close = async (): Promise<void> => {
    await flush();
    await collector.close();
  };
  return { echo, collector, warnings, flush, close };
}

function post(
  echo: EchoServer,
  id: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${echo.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-request-id": id, ...headers },
    body: JSON.stringify(body),
  });
}

/** Message, trace and span of the lines that the log has of a request. */
function tracesOf({ log }: EchoServer, id: string): unknown[][] {
  return log
    .filter(({ requestId }) => requestId === id)
    .map(({ msg, trace_id, span_id }) => [msg, trace_id, span_id])
    .sort();
}

describe("spans", () => {
  let traced: TracedServer;
  let answerId = "";
  let usage: ChatResponse["usage"] | null = null;
  const startedMs = Date.now();

  before(async () => {
    traced = await startTraced();
    const { echo } = traced;
    const parameters = { temperature: 0.5, top_p: 0.9, top_k: 40, seed: 7, max_tokens: 50 };
    const whole = await post(echo, "whole", chatBody("a private matter", parameters));
    ({ id: answerId, usage } = chatResponse.parse(await whole.json()));
    const parent = `00-${callersTrace}-${callersSpan}-01`;
    await (await post(echo, "child", chatBody("hi", { stream: true }), { traceparent: parent })).text();
    const unsampled = { traceparent: `00-${callersTrace}-${callersSpan}-00` };
    await (await post(echo, "unsampled", chatBody("hi"), unsampled)).text();
    await (await post(echo, "broken-parent", chatBody("hi"), { traceparent: "00-nonsense" })).text();
    await (await post(echo, "refused", chatBody("hi", { temperature: "private" }))).text();
    await (await post(echo, "two", chatBody("hi", { n: 2 }))).text();
    await (await fetch(`${echo.url}/health`)).text();
    const departure = new AbortController();
    const body = JSON.stringify(chatBody("endless ".repeat(100), { stream: true }));
    const headers = { "content-type": "application/json", "x-request-id": "left" };
    await fetch(`${echo.url}/v1/chat/completions`, {
      method: "POST",
      headers,
      body,
      signal: departure.signal,
    });
    departure.abort();
    await eventually(async () => echo.log.some(({ finishReason }) => finishReason === "cancelled"));
    await traced.flush();
  });
  after(() => traced.close());

  function serverSpan(requestId: string): ReceivedSpan {
    const found = traced.collector.spans.filter((span) => span.attributes["weir.request.id"] === requestId);
    assert.equal(found.length, 1, `${found.length} server spans of ${requestId}`);
    return found[0] ?? assert.fail();
  }

  function childrenOf({ id, traceId }: ReceivedSpan): ReceivedSpan[] {
    return traced.collector.spans.filter((span) => span.parentId === id && span.traceId === traceId);
  }

  function operationOf(requestId: string): ReceivedSpan {
    const [operation, ...more] = childrenOf(serverSpan(requestId));
    assert.deepEqual(more, []);
    return operation ?? assert.fail();
  }

  for (const id of ["whole", "child", "broken-parent"]) {
    test(`have their ids in the lines that the log has of ${id}`, () => {
      const { traceId, id: spanId } = serverSpan(id);
      assert.deepEqual(tracesOf(traced.echo, id), [
        ["generation", traceId, spanId],
        ["request", traceId, spanId],
      ]);
    });
  }

  test("have the caller's trace in the lines also where he does not sample, and no span, since there is none", () => {
    assert.deepEqual(tracesOf(traced.echo, "unsampled"), [
      ["generation", callersTrace, undefined],
      ["request", callersTrace, undefined],
    ]);
  });

  test("are sent as protobuf to the endpoint's path for traces", () => {
    assert.deepEqual([...new Set(traced.collector.requests)], ["POST /v1/traces application/x-protobuf"]);
  });

  test("say which service they are of", () => {
    const { "service.name": name, "service.version": version } = serverSpan("whole").resource;
    assert.deepEqual({ name, version }, { name: "weir", version: "1.2.3" });
  });

  test("of a request begin with one by the HTTP conventions", () => {
    const { name, kind, parentId, isError, attributes } = serverSpan("whole");
    assert.deepEqual(
      { name, kind, parentId, isError, attributes },
      {
        name: "POST /v1/chat/completions",
        kind: "server",
        parentId: "",
        isError: false,
        attributes: {
          "http.request.method": "POST",
          "http.route": "/v1/chat/completions",
          "http.response.status_code": 200,
          "url.path": "/v1/chat/completions",
          "url.scheme": "http",
          "client.address": "127.0.0.1",
          "weir.request.id": "whole",
        },
      },
    );
  });

  test("have the model's work by the GenAI conventions, with the usage that the client was told", () => {
    const { name, kind, attributes } = operationOf("whole");
    assert.deepEqual(
      { name, kind, attributes },
      {
        name: "chat echo",
        kind: "internal",
        attributes: {
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": "weir",
          "gen_ai.request.model": "echo",
          "gen_ai.request.stream": false,
          "gen_ai.request.max_tokens": 50,
          "gen_ai.request.temperature": 0.5,
          "gen_ai.request.top_p": 0.9,
          "gen_ai.request.top_k": 40,
          "gen_ai.request.seed": 7,
          "gen_ai.response.model": "echo",
          "gen_ai.response.id": answerId,
          "gen_ai.response.finish_reasons": ["stop"],
          "gen_ai.usage.input_tokens": usage?.prompt_tokens,
          "gen_ai.usage.cache_read.input_tokens": 0,
          "gen_ai.usage.output_tokens": usage?.completion_tokens,
        },
      },
    );
  });

  test("have its parts, each where the one before has ended, within their parents", () => {
    const [server, operation] = [serverSpan("whole"), operationOf("whole")];
    const parts = childrenOf(operation).sort((one, other) => Number(one.endNs - other.endNs));
    const named = new Map(parts.map((part) => [part.name, part]));
    const part = (name: string): ReceivedSpan => named.get(name) ?? assert.fail(`there is no ${name}`);
    assert.deepEqual([...named.keys()].sort(), [
      "first token",
      "generation",
      "prepare",
      "prompt",
      "queue",
      "slot",
    ]);
    const times = [
      server.startNs,
      operation.startNs,
      part("queue").endNs,
      part("prepare").endNs,
      part("slot").startNs,
      part("slot").endNs,
      part("prompt").endNs,
      part("generation").endNs,
      server.endNs,
    ];
    assert.deepEqual(
      times,
      times.toSorted((one, other) => Number(one - other)),
    );
    assert.equal(part("queue").startNs, operation.startNs);
    assert.equal(part("slot").endNs, part("prompt").startNs);
    assert.equal(part("prompt").endNs, part("generation").startNs);
    assert.deepEqual(
      [part("first token").startNs, part("first token").endNs],
      [operation.startNs, part("prompt").endNs],
    );
    assert.equal(part("generation").endNs, operation.endNs);
  });

  test("have times of this day's clock", () => {
    const { startNs, endNs } = serverSpan("whole");
    assert.ok(Number(startNs / 1_000_000n) >= startedMs - 1);
    assert.ok(Number(endNs / 1_000_000n) <= Date.now() + 1);
  });

  test("continue the caller's trace", () => {
    const { traceId, parentId } = serverSpan("child");
    assert.deepEqual({ traceId, parentId }, { traceId: callersTrace, parentId: callersSpan });
    assert.equal(operationOf("child").traceId, callersTrace);
  });

  test("tell how long a stream took to begin", () => {
    assert.ok(Number(operationOf("child").attributes["gen_ai.response.time_to_first_chunk"]) > 0);
  });

  test("are not made where the caller does not sample", () => {
    assert.ok(
      !traced.collector.spans.some(({ attributes }) => attributes["weir.request.id"] === "unsampled"),
    );
  });

  test("begin a trace of their own where the caller's can't be read", () => {
    const { traceId, parentId } = serverSpan("broken-parent");
    assert.equal(parentId, "");
    assert.notEqual(traceId, callersTrace);
  });

  test("say what was refused, which is no error of the server", () => {
    const { attributes, isError } = serverSpan("refused");
    const { "http.response.status_code": status, "error.type": type } = attributes;
    assert.deepEqual({ status, type, isError }, { status: 400, type: "invalid_value", isError: false });
  });

  test("have parts for each of several answers, whose prompt counts once", () => {
    const operation = operationOf("two");
    const generations = childrenOf(operation).filter(({ name }) => name === "generation");
    assert.deepEqual(generations.map(({ attributes }) => attributes["weir.choice"]).sort(), [0, 1]);
    const prompt = childrenOf(operation).find(({ name }) => name === "prompt");
    const one = prompt?.attributes["gen_ai.usage.input_tokens"];
    assert.equal(operation.attributes["gen_ai.usage.input_tokens"], one);
    assert.equal(operation.attributes["gen_ai.request.choice.count"], 2);
  });

  test("say that a client left, with what was cancelled", () => {
    assert.equal(serverSpan("left").attributes["error.type"], "client_left");
    assert.deepEqual(operationOf("left").attributes["gen_ai.response.finish_reasons"], ["cancelled"]);
  });

  test("are not made of probes", () => {
    assert.ok(!traced.collector.spans.some(({ name }) => name.includes("health")));
  });

  test("never have any text of prompts, answers or wrong values", () => {
    const everything = JSON.stringify(traced.collector.spans, (_, value) =>
      typeof value === "bigint" ? String(value) : value,
    );
    assert.doesNotMatch(everything, /private|endless/);
  });
});

test("lines of a slow generation and of a failure inside have the trace that Weir begins", async (context) => {
  const file = path.join(os.tmpdir(), `weir-traced-${process.pid}.gguf`);
  writeModelWithoutNumbers(file);
  context.after(() => fs.rmSync(file));
  const requestLog = new RequestLog({ accessLog: "all", slowRequestMs: 0.01 });
  const load = { modelPath: file, contextTokens: 256 };
  const traced = await startTraced({ load, app: { requestLog } });
  context.after(() => traced.close());
  const response = await post(traced.echo, "failed", chatBody("hi"));
  assert.equal(response.status, 500);
  await response.text();
  await traced.flush();
  const [span] = traced.collector.spans.filter(({ kind }) => kind === "server");
  const lines = tracesOf(traced.echo, "failed");
  for (const line of lines) assert.deepEqual(line.slice(1), [span?.traceId, span?.id]);
  const messages = ["generation", "no text yet", "request", "request failed", "slow generation"];
  assert.deepEqual(lines.map(([message]) => message).sort(), messages);
});

test("without an endpoint the lines of a request have the trace that its client has begun", async (context) => {
  const echo = await startEcho({ listen: true });
  context.after(() => echo.close());
  const traceparent = `00-${callersTrace}-${callersSpan}-01`;
  await (await post(echo, "callers", chatBody("hi"), { traceparent })).text();
  await (await post(echo, "nobodys", chatBody("hi"))).text();
  await eventually(async () => tracesOf(echo, "nobodys").length === 2);
  assert.deepEqual(tracesOf(echo, "callers"), [
    ["generation", callersTrace, undefined],
    ["request", callersTrace, undefined],
  ]);
  assert.deepEqual(tracesOf(echo, "nobodys"), [
    ["generation", undefined, undefined],
    ["request", undefined, undefined],
  ]);
});

test("an engine that failed is an error of the server's span and of the model's", async (context) => {
  const traced = await startTraced();
  context.after(() => traced.close());
  const { echo, collector } = traced;
  const answer = post(echo, "lost", chatBody("endless ".repeat(100)));
  await eventually(async () => (await echo.model.slotTable()).some(({ state }) => state !== "idle"));
  await echo.model.close();
  assert.equal((await answer).status, 503);
  await traced.flush();
  const spans = collector.spans.filter(({ attributes }) => attributes["error.type"] === "shutting_down");
  assert.deepEqual(spans.map(({ name, isError }) => [name, isError]).sort(), [
    ["POST /v1/chat/completions", true],
    ["chat echo", true],
  ]);
});

test("a request that waited for a slot in vain has spans, and its key is charged nothing", async (context) => {
  const traced = await startTraced({ load: { slots: 1, contextTokens: 8_192 } });
  context.after(() => traced.close());
  const { echo, collector } = traced;
  const leave = new AbortController();
  const running = fetch(`${echo.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(chatBody("endless ".repeat(1_500))),
    signal: leave.signal,
  }).catch(() => null);
  await eventually(async () => (await echo.model.slotTable()).some(({ state }) => state === "decode"));
  const promptTokens = (): number =>
    echo.admission.usage().reduce((sum, [, usage]) => sum + usage.promptTokens, 0);
  const before = promptTokens();
  const { status } = await post(echo, "vain", chatBody("hi"), { "x-request-timeout": "50ms" });
  assert.deepEqual([status, promptTokens()], [504, before]);
  leave.abort();
  await running;
  await traced.flush();
  const spans = collector.spans.filter(({ attributes }) => attributes["error.type"] === "queue_timeout");
  assert.deepEqual(spans.map(({ name }) => name).sort(), ["POST /v1/chat/completions", "chat echo"]);
});

describe("a collector that is away", () => {
  for (const [how, status] of [
    ["refuses", 400],
    ["never answers", null],
  ] as const) {
    test(`neither holds up answers nor a shutdown, when it ${how}`, async (context) => {
      const traced = await startTraced();
      context.after(() => traced.close());
      traced.collector.status = status;
      for (let i = 0; i < 3; i++) assert.equal((await post(traced.echo, `${i}`, chatBody("hi"))).status, 200);
      const endsMs = performance.now() + 10_000;
      await traced.flush();
      assert.ok(performance.now() < endsMs);
      assert.deepEqual(traced.collector.spans, []);
    });
  }

  test("is said once, however often it fails", async (context) => {
    const traced = await startTraced();
    context.after(() => traced.close());
    traced.collector.status = 400;
    // More than the batches of a queue hold: several exports fail.
    await Promise.all(Array.from({ length: 1_200 }, () => traced.echo.app.inject("/v1/models")));
    await eventually(async () => traced.collector.requests.length >= 2);
    await traced.flush();
    assert.deepEqual(traced.warnings, ["spans were not exported: the OTLP endpoint does not take them"]);
  });
});

describe("tracing", () => {
  const log = { warn: () => {} };
  const options = { endpoint: null, version: "1", log };
  const away = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" };

  test("is off without an endpoint", async () => assert.equal(await startTracing(options, {}), null));

  for (const variables of [{ OTEL_SDK_DISABLED: "true" }, { OTEL_TRACES_EXPORTER: "none" }]) {
    test(`is off with ${JSON.stringify(variables)}`, async () => {
      assert.equal(await startTracing({ ...options, endpoint: "http://127.0.0.1:1" }, variables), null);
      assert.equal(await startTracing(options, { ...away, ...variables }), null);
    });
  }

  test("goes where OpenTelemetry's own variable says, under the name that it says", async (context) => {
    const collector = await OtlpCollector.start();
    context.after(() => collector.close());
    const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: "mine" };
    Object.assign(process.env, variables);
    context.after(() => Object.keys(variables).map((name) => delete process.env[name]));
    const tracing = (await startTracing(options, process.env)) ?? assert.fail();
    const facts = {
      requestId: "1",
      method: "GET",
      path: "/",
      route: null,
      client: undefined,
      scheme: "http",
    };
    const head = { ...facts, traceHeaders: {} };
    const trace = tracing.begin(head, Date.now());
    new RequestTrail(head, (trail) => trace?.end(trail)).end({
      status: 404,
      bytes: undefined,
      isAborted: false,
    });
    await tracing.close();
    assert.deepEqual(
      collector.spans.map(({ name, resource }) => [name, resource["service.name"]]),
      [["GET", "mine"]],
    );
  });
});
