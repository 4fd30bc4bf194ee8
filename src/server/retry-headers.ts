import { retryAfterSeconds, type WeirError } from "../errors.js";

/** The official SDKs follow no longer wait, but try again by their own delays of some seconds. */
const longestWaitMs = 60_000;

/**
 * What the official SDKs ask of an error before they decide: x-should-retry goes before their own rule (408, 409, 429, 5xx),
 * retry-after-ms before retry-after, and both before their own delays. Other clients know retry-after only.
 */
export function retryHeaders({ retry, retryAfterMs }: WeirError): Readonly<Record<string, string>> {
  const seconds = retryAfterSeconds[retry];
  if (seconds === null) return { "x-should-retry": "false" };
  const milliseconds = retryAfterMs ?? seconds * 1000;
  return {
    "x-should-retry": String(milliseconds <= longestWaitMs),
    "retry-after": String(Math.ceil(milliseconds / 1000)),
    "retry-after-ms": String(milliseconds),
  };
}
