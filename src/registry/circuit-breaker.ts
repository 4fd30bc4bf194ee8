/** When an engine counts as broken. */
export interface BreakerLimits {
  /** Passes that fail in a row, with none between them that works, within `windowMs`. */
  readonly failures: number;
  readonly windowMs: number;
  /** A fresh engine that fails again within this time is not worth another one. */
  readonly probationMs: number;
}

/**
 * One request that breaks its pass, and the two further tries of an SDK, make three failures; five are more than one
 * client's bad luck. Ten minutes are long enough to see whether a fresh engine helped.
 */
export const defaultBreaker: BreakerLimits = { failures: 5, windowMs: 60_000, probationMs: 600_000 };

/** What to do about an engine. `renew`: replace it by a fresh one. `giveUp`: that was done, and it did not help. */
export type Verdict = "goOn" | "renew" | "giveUp";

/** Counts an engine's failures, and says when it has to go. Knows nothing of what it judges. */
export class CircuitBreaker {
  readonly #limits: BreakerLimits;
  readonly #now: () => number;
  /** When the last passes failed, since one worked. */
  #failedMs: number[] = [];
  #renewedMs: number | null = null;

  /** @param now a clock in ms */
  constructor(limits: BreakerLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  passWorked(): void {
    this.#failedMs = [];
  }

  passFailed(): Verdict {
    const nowMs = this.#now();
    const { failures, windowMs } = this.#limits;
    this.#failedMs = [...this.#failedMs.filter((ms) => nowMs - ms < windowMs), nowMs];
    return this.#failedMs.length < failures ? "goOn" : this.#trip();
  }

  /** The engine is gone: once is enough. */
  engineDied(): Verdict {
    return this.#trip();
  }

  /** A fresh engine has taken over. */
  renewed(): void {
    this.#failedMs = [];
    this.#renewedMs = this.#now();
  }

  #trip(): Verdict {
    this.#failedMs = [];
    const isOnProbation =
      this.#renewedMs !== null && this.#now() - this.#renewedMs < this.#limits.probationMs;
    return isOnProbation ? "giveUp" : "renew";
  }
}
