import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { ExportLog } from "./tracing.js";

const onceInMs = 60_000;

/** Says that spans were lost, once a minute at most: a collector that is away must not fill the log. */
export class ReportingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #log: ExportLog;
  #lostSpans = 0;
  #saidMs = Number.NEGATIVE_INFINITY;

  constructor(exporter: SpanExporter, log: ExportLog) {
    this.#exporter = exporter;
    this.#log = log;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      if (result.code !== ExportResultCode.SUCCESS) this.#lost(spans.length, result.error);
      done(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  #lost(spans: number, error: Error | undefined): void {
    this.#lostSpans += spans;
    const nowMs = performance.now();
    if (nowMs - this.#saidMs < onceInMs) return;
    this.#log.warn(
      { lostSpans: this.#lostSpans, reason: error?.message ?? "unknown" },
      "spans were not exported: the OTLP endpoint does not take them",
    );
    this.#lostSpans = 0;
    this.#saidMs = nowMs;
  }
}
