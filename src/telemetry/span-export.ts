import { setTimeout as after } from "node:timers/promises";
import type { Context } from "@opentelemetry/api";
import {
  defaultTextMapGetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { ReportingExporter } from "./reporting-exporter.js";
import { requestSpans, type SpanFacts } from "./request-spans.js";
import type { RequestTrail } from "./request-trail.js";
import { type ExportLog, type Tracing, type TracingOptions, tracingClosingMs } from "./tracing.js";

/**
 * Sends spans by OTLP, in batches in the background. They are made when their request is over, with its times: a request that
 * runs has nothing of them. Nothing of it is global, so that there may be several.
 */
export class SpanExport implements Tracing {
  readonly #provider: BasicTracerProvider;
  readonly #tracer: Tracer;
  readonly #propagator = new W3CTraceContextPropagator();
  readonly #log: ExportLog;

  constructor({ endpoint, version, log }: TracingOptions) {
    this.#log = log;
    const exporter = new OTLPTraceExporter(endpoint === null ? {} : { url: tracesUrl(endpoint) });
    this.#provider = new BasicTracerProvider({
      // The weakest first: what the variables say holds.
      resource: defaultResource()
        .merge(resourceFromAttributes({ "service.name": "weir", "service.version": version }))
        .merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [new BatchSpanProcessor(new ReportingExporter(exporter, log))],
    });
    this.#tracer = this.#provider.getTracer("weir", version);
  }

  record(trail: RequestTrail): void {
    try {
      this.#record(trail);
    } catch (err) {
      // A defect, which must not reach the answer that has just ended.
      this.#log.warn({ err }, "spans of a request could not be made");
    }
  }

  async close(): Promise<void> {
    const patience = new AbortController();
    const late = after(tracingClosingMs, undefined, { signal: patience.signal }).catch(() => {});
    // What can't be sent was said by the exporter.
    await Promise.race([this.#provider.shutdown().catch(() => {}), late]);
    patience.abort();
  }

  #record(trail: RequestTrail): void {
    const spans = requestSpans(trail);
    if (spans === null) return;
    const caller = this.#propagator.extract(ROOT_CONTEXT, trail.head.traceHeaders, defaultTextMapGetter);
    this.#write(spans, caller, trail.arrivedUnixMs - trail.arrivedMs);
  }

  #write(
    { name, isServer, startMs, endMs, attributes, isError, children }: SpanFacts,
    parent: Context,
    offsetMs: number,
  ): void {
    const kind = isServer ? SpanKind.SERVER : SpanKind.INTERNAL;
    const span = this.#tracer.startSpan(name, { kind, startTime: startMs + offsetMs, attributes }, parent);
    if (isError) span.setStatus({ code: SpanStatusCode.ERROR });
    // Where the caller does not want it sampled, there is nothing to add.
    if (span.isRecording()) {
      const context = trace.setSpan(parent, span);
      for (const child of children) this.#write(child, context, offsetMs);
    }
    span.end(endMs + offsetMs);
  }
}

function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, "")}/v1/traces`;
}
