import type { IncomingHttpHeaders } from "node:http";
import { quote } from "../api/openai/issue-text.js";
import { WeirError } from "../errors.js";

export const requestTimeoutHeader = "x-request-timeout";

const unitMs = { ms: 1, s: 1_000, m: 60_000 } as const;

/**
 * How long a request may wait for its turn: what its header says, in seconds or as `500ms`, `30s`, `2m`, but never longer
 * than the server allows.
 *
 * @throws WeirError `invalid_value`
 */
export function waitingTimeMs(headers: IncomingHttpHeaders, longestMs: number): number {
  const given = headers[requestTimeoutHeader];
  if (given === undefined) return longestMs;
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?) *(ms|s|m)?$/.exec(String(given).trim()) ?? [];
  const ms = Number(number) * (unit === "ms" || unit === "m" ? unitMs[unit] : unitMs.s);
  if (!(ms > 0)) {
    throw new WeirError(
      "invalid_value",
      `${requestTimeoutHeader} must be a time above 0, in seconds or like 500ms, 30s, 2m, got ${quote(given)}.`,
      { param: requestTimeoutHeader },
    );
  }
  return Math.min(ms, longestMs);
}
