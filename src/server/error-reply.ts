import type { FastifyReply, FastifyRequest } from "fastify";
import type { ErrorResponse } from "../api/openai/responses.js";
import { errorFrames } from "../api/openai/stream-chunks.js";
import { type ErrorCode, WeirError } from "../errors.js";
import type { EventStream } from "./event-stream.js";
import { retryHeaders } from "./retry-headers.js";

/** Codes of 5xx whose message was written for clients; the others could tell about the inside. */
const publicFailures: ReadonlySet<ErrorCode> = new Set([
  "model_loading",
  "model_load_failed",
  "model_unavailable",
  "model_unhealthy",
  "no_slot_available",
  "queue_timeout",
  "shutting_down",
  "too_many_connections",
]);

/** The one place where anything that was thrown becomes an answer in OpenAI's shape. */
export function replyWithError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = toWeirError(thrown, request);
  if (isSecret(error)) request.log.error({ err: thrown }, "request failed");
  // Its message stays out of the log: it quotes what the client sent.
  request.trail.fail(error);
  request.server.measures.countError(error.code);
  reply.headers(retryHeaders(error));
  if (error.status === 401) reply.header("www-authenticate", 'Bearer realm="weir"');
  return reply.code(error.status).send(toErrorResponse(error, request.id));
}

/** The same where the stream was opened before there was anything to stream. */
export function endWithError(events: EventStream, thrown: unknown, request: FastifyRequest): void {
  const error = toWeirError(thrown, request);
  if (isSecret(error)) request.log.error({ err: thrown }, "request failed");
  request.trail.fail(error);
  request.server.measures.countError(error.code);
  events.end(errorFrames(toErrorResponse(error, request.id)));
}

export function toErrorResponse(error: WeirError, requestId: string): ErrorResponse {
  return {
    error: {
      message: isSecret(error)
        ? `The server failed on this request (id ${requestId}); its log says why.`
        : error.message,
      type: error.limit ?? (isServers(error) ? "server_error" : "invalid_request_error"),
      param: error.param,
      code: error.code,
    },
  };
}

/** Whose fault it is. That too many ask at the same time is nobody's, and the server's to deal with. */
function isServers({ status, code }: WeirError): boolean {
  return status >= 500 || code === "queue_full";
}

function isSecret(error: WeirError): boolean {
  return error.status >= 500 && !publicFailures.has(error.code);
}

function toWeirError(thrown: unknown, request: FastifyRequest): WeirError {
  if (thrown instanceof WeirError) return thrown;
  switch (codeOf(thrown)) {
    case "FST_ERR_CTP_BODY_TOO_LARGE": {
      const limit = request.routeOptions.bodyLimit;
      return new WeirError("body_too_large", `The request body is too large: the limit is ${limit} bytes.`);
    }
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new WeirError("unsupported_media_type", "The content type must be application/json.");
    case "ECONNRESET":
      return new WeirError("invalid_json", "The client left while it sent the request body.");
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return new WeirError("invalid_json", "The request body is not as long as its Content-Length says.");
    case "FST_ERR_BAD_URL":
      return new WeirError("route_not_found", "The path is not valid: it has a broken percent escape.");
    default:
      return new WeirError("internal_error", "Unexpected error", { cause: thrown });
  }
}

function codeOf(thrown: unknown): unknown {
  return typeof thrown === "object" && thrown !== null && "code" in thrown ? thrown.code : undefined;
}
