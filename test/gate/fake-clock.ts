import type { Clock } from "#weir/gate/clock.js";

/** A clock that a test moves. */
export class FakeClock implements Clock {
  #nowMs = 0;
  #alarms: { readonly atMs: number; readonly call: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  after(ms: number, call: () => void): () => void {
    const alarm = { atMs: this.#nowMs + ms, call };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
    };
  }

  /** Alarms that were neither called nor taken back. */
  get alarms(): number {
    return this.#alarms.length;
  }

  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const [next] = this.#alarms.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      this.#alarms = this.#alarms.filter((alarm) => alarm !== next);
      next.call();
    }
    this.#nowMs = untilMs;
  }
}
