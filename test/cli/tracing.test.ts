import assert from "node:assert/strict";
import { test } from "node:test";
import { OtlpCollector } from "../support/otlp-collector.js";
import { WeirProcess } from "./weir.js";

test("--otlp-endpoint goes before OpenTelemetry's variable, and the last spans are sent when the server ends", async (context) => {
  const collector = await OtlpCollector.start();
  context.after(() => collector.close());
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1";
  context.after(() => delete process.env["OTEL_EXPORTER_OTLP_ENDPOINT"]);
  const weir = new WeirProcess("--threads", "1", "--otlp-endpoint", collector.url);
  context.after(() => weir.end("SIGKILL"));
  const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(await weir.ready())?.[0];
  await (await fetch(`${origin}/v1/models`)).text();
  assert.equal(await weir.end("SIGTERM"), 0);
  assert.deepEqual(
    collector.spans.map(({ name }) => name),
    ["GET /v1/models"],
  );
});
