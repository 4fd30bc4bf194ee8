import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export const requestIdHeader = "x-request-id";

/** Long enough for any tracing system, and nothing in it that could break a log line or a header. */
const saneId = /^[A-Za-z0-9._:=+/@~-]{1,128}$/;

/** The caller's own id where it is sane, otherwise a new one. */
export function requestId(headers: IncomingHttpHeaders): string {
  const given = headers[requestIdHeader];
  return typeof given === "string" && saneId.test(given) ? given : newRequestId();
}

export function newRequestId(): string {
  return `req_${compactUuid()}`;
}

export function compactUuid(): string {
  return randomUUID().replaceAll("-", "");
}
