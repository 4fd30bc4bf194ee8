import type { Config } from "../config/schema.js";
import type { RequestLogOptions } from "../server/request-log.js";

/** The part of the configuration that says what is logged of requests, in the server's words. */
export function toRequestLogOptions({ accessLog, slowRequest }: Config): RequestLogOptions {
  return { accessLog, slowRequestMs: slowRequest };
}
