import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, WeirError } from "../errors.js";

/** A Hugging Face, or a server that answers like it. */
export interface HubOptions {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** Sent to the endpoint alone. */
  readonly token: string | null;
  /** How long an answer may take to begin, and a download to go on. */
  readonly timeoutMs: number;
  /** Between two tries; it doubles. */
  readonly retryDelayMs: number;
  readonly signal: AbortSignal;
}

/** `first byte`: a GET whose body is left alone, for what it answers. */
export type HubMethod = "GET" | "HEAD" | "first byte";

export interface HubAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Of a GET, and empty otherwise. */
  readonly text: string;
  /** Where a redirect leads to, absolute; null where it is none. */
  readonly location: string | null;
}

const mostTries = 3;
/** A server that asks for more time than this is told of, not waited for. */
const mostPatienceMs = 30_000;

/**
 * Asks, and asks again where the server is busy or out of reach. Redirects are the caller's.
 *
 * @throws WeirError `pull_failed`: no answer, or one of status 400 and above; the signal's reason
 */
export async function askHub(
  method: HubMethod,
  url: string,
  what: string,
  options: HubOptions,
): Promise<HubAnswer> {
  const { token, timeoutMs, retryDelayMs, signal } = options;
  const headers = {
    "user-agent": "weir",
    "accept-encoding": "identity",
    ...(token !== null && isAtEndpoint(url, options) ? { authorization: `Bearer ${token}` } : {}),
    ...(method === "first byte" ? { range: "bytes=0-0" } : {}),
  };
  const verb = method === "first byte" ? "GET" : method;
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt === mostTries;
    let delayMs = retryDelayMs * 2 ** (attempt - 1);
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const response = await fetch(url, { method: verb, headers, redirect: "manual", signal: limit });
      if (response.status < 400) return await toAnswer(response, method, url);
      await response.body?.cancel();
      const afterMs = retryAfterMs(response);
      const mayPass = response.status === 429 || response.status >= 500;
      if (!mayPass || isLast || afterMs > mostPatienceMs) throw refusal(response, what, options);
      delayMs = Math.max(delayMs, afterMs);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof WeirError) throw error;
      if (isLast) throw unreachable(error, what, options);
    }
    await sleep(delayMs, undefined, { signal });
  }
}

/** Where the token may go. */
export function isAtEndpoint(url: string, { endpoint }: Pick<HubOptions, "endpoint">): boolean {
  return new URL(url).origin === new URL(endpoint).origin;
}

async function toAnswer(response: Response, method: HubMethod, url: string): Promise<HubAnswer> {
  const { status, headers } = response;
  const to = status >= 300 ? headers.get("location") : null;
  const location = to === null ? null : new URL(to, url).href;
  if (method === "GET") return { status, headers, location, text: await response.text() };
  await response.body?.cancel();
  return { status, headers, location, text: "" };
}

function refusal({ status, statusText, headers }: Response, what: string, options: HubOptions): WeirError {
  const { endpoint, token } = options;
  const remedies: Readonly<Record<number, string>> = {
    401:
      token === null
        ? "there is no such repository, or it is private or gated: then set HF_TOKEN to a token that may read it"
        : "there is no such repository, or HF_TOKEN is wrong or may not read it",
    403: `HF_TOKEN may not read it; a gated model's licence is accepted on ${endpoint}`,
    404: "there is no such repository or file",
    429: `too many requests${waitText(headers)}; with HF_TOKEN set more are allowed`,
  };
  const remedy = remedies[status] ?? (status >= 500 ? "the server fails; try again later" : "it refuses");
  // What the server calls itself, in words of its own: "GatedRepo", "RepoNotFound".
  const own = headers.get("x-error-message") ?? statusText;
  const said = own === "" ? "" : ` ${own.slice(0, 200)}`;
  return new WeirError("pull_failed", `${what}: ${endpoint} answers ${status}${said}: ${remedy}`);
}

function unreachable(error: unknown, what: string, { endpoint, timeoutMs }: HubOptions): WeirError {
  const isTimeout = error instanceof Error && error.name === "TimeoutError";
  // fetch says "fetch failed" and keeps the reason to itself.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = isTimeout
    ? `has not answered for ${timeoutMs / 1000} s`
    : `can't be reached: ${messageOf(cause)}`;
  return new WeirError("pull_failed", `${what}: ${endpoint} ${reason}`, { cause: error });
}

function retryAfterMs({ headers }: Response): number {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

function waitText(headers: Headers): string {
  const after = headers.get("retry-after");
  return after === null ? "" : `, try again in ${after} s`;
}
