import type { Retry } from "../errors.js";

/** Too short to notice, and long enough for the step that failed to be over. */
const soonSeconds = 1;
/** A model of some gigabytes loads in about this time, and a supervisor restarts a server. */
const laterSeconds = 5;

/**
 * What the official SDKs ask of an error before they decide: x-should-retry goes before their own rule (408, 409, 429, 5xx),
 * retry-after-ms before retry-after, and both before their own delays. Other clients know retry-after only.
 */
export function retryHeaders(retry: Retry): Readonly<Record<string, string>> {
  if (retry === "never") return { "x-should-retry": "false" };
  const seconds = retry === "soon" ? soonSeconds : laterSeconds;
  return {
    "x-should-retry": "true",
    "retry-after": String(seconds),
    "retry-after-ms": String(seconds * 1000),
  };
}
