import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { RequestTrail } from "../telemetry/request-trail.js";
import type { TraceIds, Tracing } from "../telemetry/tracing.js";
import { refusalOn, requestOpened } from "./connection-requests.js";
import type { RequestLog } from "./request-log.js";
import { callersTrace, traceHeaders } from "./trace-context.js";

declare module "fastify" {
  interface FastifyRequest {
    trail: RequestTrail;
  }
}

export interface TrailReaders {
  readonly requestLog: RequestLog;
  /** Null where nobody collects spans. */
  readonly tracing: Tracing | null;
}

/** nginx's status for a request whose client left before any of the answer was sent. */
const clientLeft = 499;

/** Follows every request to its end. Before all other hooks: those that they refuse have an end too. */
export function keepTrails(app: FastifyInstance, readers: TrailReaders): void {
  app.decorateRequest("trail");
  app.addHook("onRequest", async (request, reply) => beginTrail(request, reply, readers));
}

/** For requests that Fastify refuses before any hook as well. */
export function beginTrail(
  request: FastifyRequest,
  reply: FastifyReply,
  { requestLog, tracing }: TrailReaders,
): void {
  const { raw, id, method, url, ip, protocol } = request;
  const trail = new RequestTrail(
    {
      requestId: id,
      method,
      path: url.split("?", 1)[0] ?? "",
      route: request.routeOptions.url ?? null,
      client: ip,
      scheme: protocol,
      traceHeaders: tracing === null ? {} : traceHeaders(raw),
    },
    (settled) => trace?.end(settled),
  );
  request.trail = trail;
  const trace = tracing?.begin(trail.head, trail.arrivedUnixMs) ?? null;
  nameTrace(request, reply, trace ?? callersTrace(raw));
  const closed = requestOpened(raw.socket);
  whenEnded(raw, reply.raw, (isAborted) => {
    closed();
    const isUnanswered = isAborted && !reply.raw.headersSent;
    const told = isUnanswered ? refusalOn(raw.socket) : undefined;
    if (told !== undefined) trail.fail(told.error);
    const status = isUnanswered ? (told?.status ?? clientLeft) : reply.raw.statusCode;
    trail.key = request.caller?.id ?? "";
    trail.end({ status, bytes: sentSince(raw.socket), isAborted });
    requestLog.answered(trail, request.log);
  });
}

/** OpenTelemetry's names: https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/ */
function nameTrace(request: FastifyRequest, reply: FastifyReply, trace: TraceIds | null): void {
  if (trace === null) return;
  const { traceId, spanId } = trace;
  request.log = request.log.child({ trace_id: traceId, span_id: spanId ?? undefined });
  reply.log = request.log;
}

/**
 * Calls once: when the whole response was handed to the system, or its connection has closed before that. A response that
 * waits behind others of a pipelining client only hears of the connection's end through the socket.
 */
function whenEnded(
  { socket }: IncomingMessage,
  response: ServerResponse,
  ended: (isAborted: boolean) => void,
): void {
  const finish = (): void => end(false);
  const close = (): void => end(true);
  let hasEnded = false;
  const end = (isAborted: boolean): void => {
    // The response hears of a socket's end from the same event, whose listeners are all called once it is emitted.
    if (hasEnded) return;
    hasEnded = true;
    response.off("finish", finish).off("close", close);
    socket.off("close", close);
    ended(isAborted);
  };
  // One listener a request that runs, and a client may pipeline many.
  socket.setMaxListeners(0);
  response.on("finish", finish).on("close", close);
  socket.on("close", close);
}

/** What had been sent on a connection when its last response ended: responses go one after the other. */
const sentBefore = new WeakMap<Socket, number>();

function sentSince(socket: Socket): number | undefined {
  const { bytesWritten, writableLength } = socket;
  // An injected request has no connection.
  if (typeof bytesWritten !== "number") return undefined;
  const sent = bytesWritten - writableLength;
  const bytes = sent - (sentBefore.get(socket) ?? 0);
  sentBefore.set(socket, sent);
  return bytes;
}
