/** How much a new measurement moves the mean. */
const weight = 0.1;
/** So many measurements make a mean that somebody may be refused by. */
const trustedMeasurements = 20;

/**
 * How long a request holds its places, on average of the last few dozen: by Little's law, places over it is the rate of
 * service.
 */
export class ServiceTime {
  #meanMs: number | null = null;
  #meanTokens = 0;
  #measurements = 0;

  /**
   * @param placeMs places × ms that a request held
   * @param tokens that it was expected to cost, as is known of those that wait
   */
  note(placeMs: number, tokens: number): void {
    this.#measurements++;
    const [meanMs, meanTokens] = this.#meanMs === null ? [placeMs, tokens] : [this.#meanMs, this.#meanTokens];
    this.#meanMs = moved(meanMs, placeMs);
    this.#meanTokens = moved(meanTokens, tokens);
  }

  get isTrusted(): boolean {
    return this.#measurements >= trustedMeasurements;
  }

  /** Requests served per second while `places` are held all the time; null before the first measurement, and of no places. */
  requestsPerSecond(places: number): number | null {
    return this.#meanMs === null || places === 0 ? null : (1000 * places) / Math.max(this.#meanMs, 0.001);
  }

  /**
   * How long `places` take for requests of so many tokens, if those take as long as those of the past: long requests after
   * short ones are no quicker for it. At least one request's time; null as for the rate.
   */
  drainMs(tokens: number, places: number): number | null {
    const rate = this.requestsPerSecond(places);
    return rate === null ? null : (1000 * Math.max(1, tokens / Math.max(1, this.#meanTokens))) / rate;
  }
}

function moved(mean: number, measured: number): number {
  return mean + weight * (measured - mean);
}
