/** How much of what was measured before still counts beside a new measurement. */
const memory = 0.9;

/** What passes have taken lately; the scheduler plans the next step by it. */
export class StepTimes {
  #decodeMs: number | null = null;
  // Sums of a least-squares line through (position, ms a row), in which older measurements fade.
  #weight = 0;
  #x = 0;
  #y = 0;
  #xx = 0;
  #xy = 0;

  /** A decode pass, ms; 0 before the first one. */
  get decodeMs(): number {
    return this.#decodeMs ?? 0;
  }

  noteDecode(ms: number): void {
    this.#decodeMs = this.#decodeMs === null ? ms : memory * this.#decodeMs + (1 - memory) * ms;
  }

  /** @param position of the pass's rows, on average: the further on, the more each has to attend to */
  notePrompts(rows: number, position: number, ms: number): void {
    const rowMs = ms / rows;
    this.#weight = memory * this.#weight + rows;
    this.#x = memory * this.#x + rows * position;
    this.#y = memory * this.#y + rows * rowMs;
    this.#xx = memory * this.#xx + rows * position * position;
    this.#xy = memory * this.#xy + rows * position * rowMs;
  }

  /** A row of a prompt pass at this position, ms; 0 before the first one. */
  promptRowMs(position: number): number {
    if (this.#weight === 0) return 0;
    const meanX = this.#x / this.#weight;
    const meanY = this.#y / this.#weight;
    const variance = this.#xx / this.#weight - meanX * meanX;
    const slope = variance < 1 ? 0 : (this.#xy / this.#weight - meanX * meanY) / variance;
    // Never cheaper further on; and a line that was measured far on says little about the beginning.
    const fitted = meanY + Math.max(0, slope) * (position - meanX);
    return Math.max(fitted, meanY / 4);
  }
}
