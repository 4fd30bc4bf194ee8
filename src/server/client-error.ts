import type { Socket } from "node:net";
import { WeirError } from "../errors.js";
import { hasOpenRequest, refusalTold } from "./connection-requests.js";
import { toErrorResponse } from "./error-reply.js";
import { newRequestId, requestIdHeader } from "./request-id.js";
import { retryHeaders } from "./retry-headers.js";

/** Node.js's code for a request that did not arrive in time. */
export const requestTimeoutCode = "ERR_HTTP_REQUEST_TIMEOUT";

/** How long a client that was refused has to read so; what it sends meanwhile is thrown away. */
const partingMs = 5_000;
const parting = new WeakSet<Socket>();

/** Who hears of what was refused before there was a request. */
export type RefusalReport = (refusal: ConnectionRefusal) => void;

export interface ConnectionRefusal {
  readonly requestId: string;
  readonly status: number;
  readonly error: WeirError;
  readonly client: string | undefined;
  /** What was refused is the rest of a request, which has a line and a trail of its own. */
  readonly hasRequest: boolean;
}

/** What Node's HTTP server refuses before there is a request, in the shape of all other errors. */
export function replyToClientError(
  thrown: Error & { code?: string },
  socket: Socket,
  report: RefusalReport,
): void {
  // Closed with bytes unread it would be reset, and the client lose the answer.
  if (parting.has(socket) && thrown.code !== "ECONNRESET") return;
  if (thrown.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, error } = refusalOf(thrown.code);
  refuse(socket, status, error, report);
}

/** A CONNECT is asked of proxies. Node.js would close the connection without a word. */
export function refuseConnect(socket: Socket, report: RefusalReport): void {
  if (!socket.writable) return;
  const error = new WeirError("method_not_allowed", "CONNECT is not allowed: this is no proxy.");
  refuse(socket, "405 Method Not Allowed", error, report);
}

function refuse(socket: Socket, status: string, error: WeirError, report: RefusalReport): void {
  const requestId = newRequestId();
  const refusal = { status: Number.parseInt(status, 10), error };
  report({ ...refusal, requestId, client: socket.remoteAddress, hasRequest: hasOpenRequest(socket) });
  refusalTold(socket, refusal);
  const text = JSON.stringify(toErrorResponse(error, requestId));
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    [requestIdHeader]: requestId,
    ...retryHeaders(error),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join("\r\n")}\r\n\r\n${text}`);
  parting.add(socket);
  const timer = setTimeout(() => socket.destroy(), partingMs);
  socket.once("close", () => clearTimeout(timer));
}

function refusalOf(code: string | undefined): { readonly status: string; readonly error: WeirError } {
  switch (code) {
    case "HPE_HEADER_OVERFLOW": {
      const message = "The request's headers are too large: the limit is 16 KiB.";
      return { status: "431 Request Header Fields Too Large", error: new WeirError("invalid_http", message) };
    }
    case requestTimeoutCode: {
      const message = "The request did not arrive in time: send its headers and its body at once.";
      return { status: "408 Request Timeout", error: new WeirError("request_timeout", message) };
    }
    default: {
      const message = "The request is not valid HTTP/1.1.";
      return { status: "400 Bad Request", error: new WeirError("invalid_http", message) };
    }
  }
}
