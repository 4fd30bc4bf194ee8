import type { Socket } from "node:net";
import type { ErrorResponse } from "../api/openai/responses.js";
import type { ErrorCode } from "../errors.js";
import { newRequestId, requestIdHeader } from "./request-id.js";

/** What Node's HTTP parser refuses before there is a request, in the shape of all other errors. */
export function replyToClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === "HPE_HEADER_OVERFLOW";
  const message = tooLarge
    ? "The request's headers are too large: the limit is 16 KiB."
    : "The request is not valid HTTP/1.1.";
  const code: ErrorCode = "invalid_http";
  const body: ErrorResponse = { error: { message, type: "invalid_request_error", param: null, code } };
  const text = JSON.stringify(body);
  const head = [
    tooLarge ? "HTTP/1.1 431 Request Header Fields Too Large" : "HTTP/1.1 400 Bad Request",
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(text)}`,
    `${requestIdHeader}: ${newRequestId()}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`);
}
