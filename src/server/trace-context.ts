import type { IncomingMessage } from "node:http";
import type { TraceIds } from "../telemetry/tracing.js";

/** What a request says of a trace that it belongs to. */
export function traceHeaders({ headers }: IncomingMessage): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of ["traceparent", "tracestate"]) {
    const value = headers[name];
    if (typeof value === "string") found[name] = value;
  }
  return found;
}

/**
 * The trace that the client has begun, of a request that has no spans here. Null where its header is missing or wrong:
 * https://www.w3.org/TR/trace-context/ has version, trace, parent and flags.
 */
export function callersTrace({ headers: { traceparent } }: IncomingMessage): TraceIds | null {
  if (typeof traceparent !== "string") return null;
  const [, traceId] =
    /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent) ?? [];
  return traceId === undefined ? null : { traceId, spanId: null };
}
