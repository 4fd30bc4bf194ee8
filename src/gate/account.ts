import { WeirError } from "../errors.js";
import type { Clock } from "./clock.js";
import type { KeyLimits } from "./key-limits.js";
import { SlidingWindow } from "./sliding-window.js";

const windows = [
  { span: "minute", lengthMs: 60_000, requests: "requestsPerMinute", tokens: "tokensPerMinute" },
  { span: "day", lengthMs: 86_400_000, requests: "requestsPerDay", tokens: "tokensPerDay" },
] as const;

type Unit = "requests" | "tokens";

type CountedWindow = (typeof windows)[number] & { readonly used: Readonly<Record<Unit, SlidingWindow>> };

/** Tokens that are only set aside come back when the requests end that they belong to. */
const shortestRetryMs = 1_000;

/** How much of a limit is left. */
export interface Allowance {
  readonly limit: number;
  readonly remaining: number;
  /** Until nothing of it is used. */
  readonly resetMs: number;
}

/** What a key has used since the server started. */
export interface Usage {
  readonly requests: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
  /** By the error's code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Requests that wait or run. */
  readonly open: number;
  readonly lastMinute: Readonly<Record<Unit, number>>;
  readonly lastDay: Readonly<Record<Unit, number>>;
}

/** What one key has used, held to its limits. Counted in this process only: a restart begins anew. */
export class Account {
  readonly #clock: Clock;
  readonly #windows: readonly CountedWindow[] = windows.map((window) => ({
    ...window,
    used: { requests: new SlidingWindow(window.lengthMs), tokens: new SlidingWindow(window.lengthMs) },
  }));
  readonly #refused = new Map<string, number>();
  /** Requests that wait or run, and those of them that were not let in yet. */
  #open = 0;
  #waiting = 0;
  #reservedTokens = 0;
  #requests = 0;
  #promptTokens = 0;
  #cachedTokens = 0;
  #completionTokens = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Somebody comes with a request, which will take so many tokens. They are set aside until it ends. Where nothing is used yet it
   * passes however large it is: a limit that is smaller than a request would refuse it for ever.
   *
   * @throws WeirError `concurrency_limit`, `rate_limit_exceeded`
   */
  open(limits: KeyLimits, tokens: number): void {
    if (limits.concurrency !== null && this.#open >= limits.concurrency) {
      const message = `This key has ${this.#open} requests that wait or run, and its limit is ${limits.concurrency}: wait for one to end.`;
      throw new WeirError("concurrency_limit", message, { limit: "requests" });
    }
    for (const window of this.#windows) {
      this.#require("requests", 1, window, limits);
      this.#require("tokens", tokens, window, limits);
    }
    this.#open++;
    this.#waiting++;
    this.#reservedTokens += tokens;
  }

  /** It was let in, and counts from now on. */
  begin(): void {
    this.#waiting--;
    this.#requests++;
    for (const { used } of this.#windows) used.requests.add(1, this.#clock.now());
  }

  /** It was not let in; `tokens` as open() was given them. */
  giveUp(tokens: number): void {
    this.#waiting--;
    this.close(tokens);
  }

  /** A request that was let in has ended, whatever became of it; `tokens` as open() was given them. */
  close(tokens: number): void {
    this.#open--;
    this.#reservedTokens -= tokens;
  }

  served(tokens: { readonly prompt?: number; readonly cached?: number; readonly completion?: number }): void {
    const { prompt = 0, cached = 0, completion = 0 } = tokens;
    this.#promptTokens += prompt;
    this.#cachedTokens += cached;
    this.#completionTokens += completion;
    for (const { used } of this.#windows) used.tokens.add(prompt + completion, this.#clock.now());
  }

  refused(code: string): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  /** What is left of the tighter one of two limits, a minute's and a day's; null where there is none. */
  allowance(unit: Unit, limits: KeyLimits): Allowance | null {
    const nowMs = this.#clock.now();
    const allowances = this.#windows.flatMap((window) => {
      const limit = limits[window[unit]];
      if (limit === null) return [];
      const remaining = Math.max(0, limit - this.#usedOf(unit, window));
      return { limit, remaining, resetMs: window.used[unit].msUntil(0, nowMs) };
    });
    return allowances.sort((a, b) => a.remaining - b.remaining)[0] ?? null;
  }

  usage(): Usage {
    const nowMs = this.#clock.now();
    const [lastMinute, lastDay] = this.#windows.map(({ used }) => ({
      requests: used.requests.sum(nowMs),
      tokens: used.tokens.sum(nowMs),
    }));
    const none = { requests: 0, tokens: 0 };
    return {
      requests: this.#requests,
      promptTokens: this.#promptTokens,
      cachedTokens: this.#cachedTokens,
      completionTokens: this.#completionTokens,
      refused: Object.fromEntries(this.#refused),
      open: this.#open,
      lastMinute: lastMinute ?? none,
      lastDay: lastDay ?? none,
    };
  }

  #usedOf(unit: Unit, { used }: CountedWindow): number {
    const reserved = unit === "tokens" ? this.#reservedTokens : this.#waiting;
    return used[unit].sum(this.#clock.now()) + reserved;
  }

  #require(unit: Unit, wanted: number, window: CountedWindow, limits: KeyLimits): void {
    const limit = limits[window[unit]];
    if (limit === null) return;
    const used = this.#usedOf(unit, window);
    if (used + wanted <= limit || (used === 0 && limit > 0)) return;
    const left = Math.max(0, limit - wanted);
    const retryAfterMs = Math.ceil(window.used[unit].msUntil(left, this.#clock.now()));
    const message = `This key's limit is ${limit} ${unit} a ${window.span}: ${used} are used, and this request takes ${unit === "tokens" ? "about " : ""}${wanted}.`;
    throw new WeirError("rate_limit_exceeded", message, {
      limit: unit,
      retryAfterMs: Math.max(retryAfterMs, shortestRetryMs),
    });
  }
}
