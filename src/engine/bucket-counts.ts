/** What was counted until now: plain values, which may go to another thread. */
export interface BucketSnapshot {
  /** Upper bounds of the buckets, ascending and inclusive. */
  readonly bounds: readonly number[];
  /** What fell into each bucket and into no lower one; the last is for what is beyond all bounds. */
  readonly counts: Float64Array;
  readonly sum: number;
}

/** A histogram with fixed buckets. To add is a few comparisons and nothing else: it is done for every token. */
export class BucketCounts {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds upper bounds, ascending, in the unit of the values */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  add(value: number): void {
    let bucket = 0;
    while (value > (this.#bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  snapshot(): BucketSnapshot {
    return { bounds: this.#bounds, counts: this.#counts.slice(), sum: this.#sum };
  }
}
