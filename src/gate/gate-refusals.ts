import { retryAfterSeconds, WeirError } from "../errors.js";

/** The official SDKs take no longer wait from a server. */
const longestRetryMs = 60_000;
/** HTTP's own header knows whole seconds. */
const shortestRetryMs = 1_000;

/**
 * In half to all of the time that those who wait now will take: by then there is room, and those that were refused do
 * not come back all at once.
 *
 * @param drainMs as measured; null where nothing was
 * @param random 0 … 1
 */
export function retryAfterMs(drainMs: number | null, random: number): number {
  if (drainMs === null) return 1000 * retryAfterSeconds.later;
  const spreadMs = drainMs * (0.5 + 0.5 * random);
  return Math.round(Math.min(longestRetryMs, Math.max(shortestRetryMs, spreadMs)));
}

export function queueFull(
  waiting: { readonly requests: number; readonly tokens: number },
  limits: { readonly queueSize: number; readonly queueTokens: number },
  retryAfterMs: number,
): WeirError {
  const found = `${waiting.requests} requests with about ${waiting.tokens} prompt tokens wait`;
  const message = `The server is busy: ${found}, and the limits are ${limits.queueSize} requests and ${limits.queueTokens} tokens. Try again later.`;
  return new WeirError("queue_full", message, { retryAfterMs });
}

export function tooLate(waitMs: number, timeoutMs: number, retryAfterMs: number): WeirError {
  const message = `The server is busy: this request would wait for its turn for about ${Math.round(waitMs / 1000)} s, and may wait for ${timeoutMs / 1000} s. Try again later.`;
  return new WeirError("queue_full", message, { retryAfterMs });
}

export function timedOut(timeoutMs: number, retryAfterMs: number): WeirError {
  const message = `The server is busy: this request waited ${timeoutMs / 1000} s for its turn, and may wait no longer. Try again later.`;
  return new WeirError("queue_timeout", message, { retryAfterMs });
}
