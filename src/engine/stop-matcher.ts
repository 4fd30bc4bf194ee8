/** Finds stop strings in text that comes in pieces; holds back what may be the beginning of one. */
export class StopMatcher {
  readonly #stops: readonly string[];
  #held = "";
  #matched: string | null = null;

  /** @param stops non-empty strings */
  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** The stop string that was found; from then on nothing may be appended. */
  get matched(): string | null {
    return this.#matched;
  }

  /** The text that can be shown now: what comes before a stop string, without what may become one. */
  append(piece: string): string {
    if (this.#stops.length === 0) return piece;
    const text = this.#held + piece;
    const end = this.#find(text);
    if (end !== -1) {
      this.#held = "";
      return text.slice(0, end);
    }
    const hold = this.#partialLength(text);
    this.#held = text.slice(text.length - hold);
    return text.slice(0, text.length - hold);
  }

  /** What was held back, once no more text comes. */
  end(): string {
    const rest = this.#held;
    this.#held = "";
    return rest;
  }

  /** The earliest occurrence of any stop string, or -1. */
  #find(text: string): number {
    let first = -1;
    for (const stop of this.#stops) {
      const at = text.indexOf(stop);
      if (at !== -1 && (first === -1 || at < first)) {
        first = at;
        this.#matched = stop;
      }
    }
    return first;
  }

  /** The length of the longest end of `text` that a stop string begins with. */
  #partialLength(text: string): number {
    let longest = 0;
    for (const stop of this.#stops) {
      for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
