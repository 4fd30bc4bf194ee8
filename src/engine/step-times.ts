/** How much a new measurement weighs: the last five or so decide. */
const weight = 0.2;

/** Passes of fewer rows say more about the cost of a graph than about that of a row. */
const leastRows = 16;

/** What passes have taken lately; the scheduler plans the next step by it. */
export class StepTimes {
  #decodeMs: number | null = null;
  #promptRowMs: number | null = null;

  /** A decode pass, ms; 0 before the first one. */
  get decodeMs(): number {
    return this.#decodeMs ?? 0;
  }

  /** A row of a prompt pass, ms; 0 before the first one. */
  get promptRowMs(): number {
    return this.#promptRowMs ?? 0;
  }

  noteDecode(ms: number): void {
    this.#decodeMs = blend(this.#decodeMs, ms);
  }

  notePrompts(rows: number, ms: number): void {
    if (rows >= leastRows || this.#promptRowMs === null)
      this.#promptRowMs = blend(this.#promptRowMs, ms / rows);
  }
}

function blend(before: number | null, value: number): number {
  return before === null ? value : before + weight * (value - before);
}
