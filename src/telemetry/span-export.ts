import { setTimeout as after } from "node:timers/promises";
import {
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
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
import { isTraced, requestSpans, type SpanFacts, spanName } from "./request-spans.js";
import type { RequestHead, RequestTrail } from "./request-trail.js";
import {
  type ExportLog,
  type RequestTrace,
  type Tracing,
  type TracingOptions,
  tracingClosingMs,
} from "./tracing.js";

/**
 * Sends spans by OTLP, in batches in the background. A request's own span begins with it, so that its lines have its ids; all
 * that there is to say is said when it is over, with its times. Nothing of it is global, so that there may be several.
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

  begin(head: RequestHead, arrivedUnixMs: number): RequestTrace | null {
    if (!isTraced(head)) return null;
    try {
      return this.#begin(head, arrivedUnixMs);
    } catch (err) {
      // A defect, which must not reach the request.
      this.#log.warn({ err }, "spans of a request could not be begun");
      return null;
    }
  }

  async close(): Promise<void> {
    const patience = new AbortController();
    const late = after(tracingClosingMs, undefined, { signal: patience.signal }).catch(() => {});
    // What can't be sent was said by the exporter.
    await Promise.race([this.#provider.shutdown().catch(() => {}), late]);
    patience.abort();
  }

  #begin(head: RequestHead, arrivedUnixMs: number): RequestTrace {
    const caller = this.#propagator.extract(ROOT_CONTEXT, head.traceHeaders, defaultTextMapGetter);
    const options = { kind: SpanKind.SERVER, startTime: arrivedUnixMs };
    const span = this.#tracer.startSpan(spanName(head), options, caller);
    const { traceId, spanId } = span.spanContext();
    // Where the caller does not want it sampled, its id is one that nobody will ever find.
    return { traceId, spanId: span.isRecording() ? spanId : null, end: (trail) => this.#end(span, trail) };
  }

  #end(span: Span, trail: RequestTrail): void {
    try {
      // Where the caller does not want it sampled, there is nothing to say.
      const facts = span.isRecording() ? requestSpans(trail) : null;
      if (facts === null) return;
      this.#write(span, facts, ROOT_CONTEXT, trail.arrivedUnixMs - trail.arrivedMs);
    } catch (err) {
      // A defect, which must not reach the answer that has just ended.
      this.#log.warn({ err }, "spans of a request could not be made");
    }
  }

  #write(
    span: Span,
    { endMs, attributes, isError, children }: SpanFacts,
    parent: Context,
    offsetMs: number,
  ): void {
    span.setAttributes(attributes);
    if (isError) span.setStatus({ code: SpanStatusCode.ERROR });
    const context = trace.setSpan(parent, span);
    for (const child of children) {
      const options = { kind: SpanKind.INTERNAL, startTime: child.startMs + offsetMs };
      this.#write(this.#tracer.startSpan(child.name, options, context), child, context, offsetMs);
    }
    span.end(endMs + offsetMs);
  }
}

function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, "")}/v1/traces`;
}
