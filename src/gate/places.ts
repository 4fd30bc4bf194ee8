/** The places that a flow holds, and those of them that are worked for. */
export interface Hold {
  readonly held: number;
  readonly begun: number;
}

/** The places behind a gate that are taken, and by which flows. */
export class Places {
  readonly #holds = new Map<string, { held: number; begun: number }>();
  #busy = 0;
  #begun = 0;

  get busy(): number {
    return this.#busy;
  }

  /** Of the busy ones, those that nobody works for yet. */
  get prepared(): number {
    return this.#busy - this.#begun;
  }

  take(flow: string, places: number): void {
    const hold = this.#holds.get(flow) ?? { held: 0, begun: 0 };
    this.#holds.set(flow, hold);
    hold.held += places;
    this.#busy += places;
  }

  /** So many of a flow's places are worked for; below 0: are not any more, and are kept. */
  begin(flow: string, places: number): void {
    const hold = this.#holds.get(flow);
    if (hold === undefined) return;
    hold.begun += places;
    this.#begun += places;
  }

  /** @param begun of those that are given back, how many are worked for */
  free(flow: string, places: number, begun: number): void {
    const hold = this.#holds.get(flow);
    if (hold === undefined) return;
    this.begin(flow, -begun);
    hold.held -= places;
    this.#busy -= places;
    if (hold.held === 0) this.#holds.delete(flow);
  }

  /** Of the flows that have any. */
  holds(): Iterable<readonly [flow: string, hold: Hold]> {
    return this.#holds;
  }
}
