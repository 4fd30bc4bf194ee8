import type { RequestTrail } from "./request-trail.js";

/** How long a shutdown waits for the collector. */
export const tracingClosingMs = 3_000;

/** Where the spans of requests go. */
export interface Tracing {
  /** Of a request that is over. */
  record(trail: RequestTrail): void;
  /** Sends what is left, as far as the collector takes it within a moment. */
  close(): Promise<void>;
}

/** What the export says; pino's loggers fit. */
export interface ExportLog {
  warn(fields: object, message: string): void;
}

export interface TracingOptions {
  /** Base address of the collector, `http://localhost:4318`; null: as OpenTelemetry's variables say. */
  readonly endpoint: string | null;
  readonly version: string;
  readonly log: ExportLog;
}
