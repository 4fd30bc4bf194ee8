import { PatternError } from "./pattern.js";

/**
 * What the schemas of one request may cost together, so that none takes seconds. A unit is a third of a microsecond or so: the
 * step of one state over one range of characters, or a look at one of several alternatives.
 */
export class Work {
  #left: number;

  constructor(units = 2_000_000) {
    this.#left = units;
  }

  /** Whether there is something left. */
  take(units: number): boolean {
    this.#left -= units;
    return this.#left >= 0;
  }

  /** @throws PatternError where nothing is left */
  spend(units: number): void {
    if (!this.take(units))
      throw new PatternError("it is too complex, together with the request's other schemas");
  }
}
