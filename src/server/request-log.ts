import type { FastifyBaseLogger } from "fastify";
import { type AccessLog, accessLine } from "../telemetry/access-line.js";
import type { FinishedAnswer, OperationTrail } from "../telemetry/operation-trail.js";
import type { RequestTrail } from "../telemetry/request-trail.js";
import { slowLine } from "../telemetry/slow-line.js";
import { tenths } from "../telemetry/tenths.js";
import type { ConnectionRefusal } from "./client-error.js";

export interface RequestLogOptions {
  readonly accessLog: AccessLog;
  /** 0: nothing is slow. */
  readonly slowRequestMs: number;
}

export const defaultRequestLog: RequestLogOptions = { accessLog: "all", slowRequestMs: 30_000 };

/** States of the server that a probe asks about: its answer is no failure. */
const statesOfServer: ReadonlySet<string> = new Set(["model_loading", "model_unhealthy", "shutting_down"]);

/** What the log says of requests. */
export class RequestLog {
  /** Takes effect for those that end, and for the silence of those that come. */
  options: RequestLogOptions;

  constructor(options: RequestLogOptions = defaultRequestLog) {
    this.options = options;
  }

  /** The line of a request whose response has ended. */
  answered(trail: RequestTrail, log: FastifyBaseLogger): void {
    const line = accessLine(trail);
    if (line === null || this.options.accessLog === "none") return;
    const isFailure = line.status >= 400 || line.aborted === true;
    if (isProbe(line.path) && (!isFailure || statesOfServer.has(line.error ?? "")))
      log.debug(line, "request");
    else if (isFailure || this.options.accessLog === "all") log.info(line, "request");
  }

  /** The line of what was refused before it was a request: it has no method, path or key. */
  refused(refusal: ConnectionRefusal, log: FastifyBaseLogger): void {
    const { requestId, status, error, client, hasRequest } = refusal;
    if (hasRequest || this.options.accessLog === "none") return;
    log.info({ requestId, status, client, error: error.code }, "request");
  }

  /** Warns of an answer that took too long. */
  finished(operation: OperationTrail, answer: FinishedAnswer, log: FastifyBaseLogger): void {
    const line = slowLine(operation, answer, this.options.slowRequestMs);
    if (line !== null) log.warn(line, "slow generation");
  }

  /** Warns of an operation that has no text yet when it should have long been there: nobody knows whether it will end. */
  watch(operation: OperationTrail, log: FastifyBaseLogger): void {
    const { slowRequestMs } = this.options;
    if (slowRequestMs === 0) return;
    operation.watchForText(slowRequestMs, () => {
      const { facts, stage, arrivedMs } = operation;
      const sinceMs = tenths(performance.now() - arrivedMs);
      log.warn({ model: facts.model, stage, sinceMs }, "no text yet");
    });
  }
}

/** Asked every few seconds by machines, for ever. */
function isProbe(path: string): boolean {
  return path === "/metrics" || path === "/health" || path.startsWith("/health/");
}
