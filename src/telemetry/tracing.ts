import type { RequestHead, RequestTrail } from "./request-trail.js";

/** How long a shutdown waits for the collector. */
export const tracingClosingMs = 3_000;

/** What joins the lines of one request, its spans and whatever else has the same ids. */
export interface TraceIds {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 of them: of the request's own span; null where it will have none. */
  readonly spanId: string | null;
}

/** The spans of one request. */
export interface RequestTrace extends TraceIds {
  /** Sends them, of a request that is over. */
  end(trail: RequestTrail): void;
}

/** Where the spans of requests go. */
export interface Tracing {
  /** Of a request that has come; null where it has no spans. */
  begin(head: RequestHead, arrivedUnixMs: number): RequestTrace | null;
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
