import { PatternError } from "./pattern.js";

/**
 * What the schemas of one request may cost together, so that none takes seconds. A unit is a third of a microsecond or so: the
 * step of one state over one range of characters, or a look at one of several alternatives.
 */
export class Work {
  #forPatterns: number;
  #forAlternatives: number;

  constructor(units = 1_500_000) {
    this.#forPatterns = units;
    this.#forAlternatives = units;
  }

  /** @throws PatternError where nothing is left for patterns and numbers */
  spendOnPatterns(units: number): void {
    this.#forPatterns -= units;
    if (this.#forPatterns < 0) {
      throw new PatternError("it is too complex, together with the request's other patterns and bounds");
    }
  }

  /** Whether something is left to compare alternatives. */
  takeForAlternatives(units: number): boolean {
    this.#forAlternatives -= units;
    return this.#forAlternatives >= 0;
  }
}
