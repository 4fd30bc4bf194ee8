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
  #measurements = 0;

  /** @param placeMs places × ms that a request held */
  note(placeMs: number): void {
    this.#measurements++;
    this.#meanMs = this.#meanMs === null ? placeMs : this.#meanMs + weight * (placeMs - this.#meanMs);
  }

  get isTrusted(): boolean {
    return this.#measurements >= trustedMeasurements;
  }

  /** Requests served per second while `places` are held all the time; null before the first measurement, and of no places. */
  requestsPerSecond(places: number): number | null {
    return this.#meanMs === null || places === 0 ? null : (1000 * places) / Math.max(this.#meanMs, 0.001);
  }
}
