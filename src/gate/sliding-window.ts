/** A window is counted in so many parts: an amount leaves it late by one part at most, and never early. */
const parts = 60;

interface Part {
  readonly startMs: number;
  amount: number;
}

/** What was used within the last minute, or day: in no stretch of that length is more than a limit that is held to it. */
export class SlidingWindow {
  readonly #lengthMs: number;
  #parts: Part[] = [];
  #sum = 0;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  add(amount: number, nowMs: number): void {
    this.#forget(nowMs);
    const partMs = this.#lengthMs / parts;
    const startMs = Math.floor(nowMs / partMs) * partMs;
    const last = this.#parts.at(-1);
    if (last?.startMs === startMs) last.amount += amount;
    else this.#parts.push({ startMs, amount });
    this.#sum += amount;
  }

  sum(nowMs: number): number {
    this.#forget(nowMs);
    return this.#sum;
  }

  /** How long until no more than `amount` is left in it. */
  msUntil(amount: number, nowMs: number): number {
    let left = this.sum(nowMs);
    for (const part of this.#parts) {
      if (left <= amount) break;
      left -= part.amount;
      if (left <= amount) return Math.max(0, this.#endOf(part) - nowMs);
    }
    return 0;
  }

  #forget(nowMs: number): void {
    for (;;) {
      const [oldest] = this.#parts;
      if (oldest === undefined || this.#endOf(oldest) > nowMs) return;
      this.#parts.shift();
      this.#sum -= oldest.amount;
    }
  }

  #endOf({ startMs }: Part): number {
    return startMs + this.#lengthMs / parts + this.#lengthMs;
  }
}
