import type { ThinkingLimit } from "./generation.js";

/**
 * Counts an answer's thinking while it is written: the tokens between its tags. An answer thinks once, and at its beginning:
 * an opening tag behind other text is text about tags.
 */
export class ThinkingCounter {
  readonly #start: readonly number[];
  readonly #end: TokenMatcher;
  readonly #isBlank: (token: number) => boolean;
  #state: "opening" | "thinking" | "ended";
  /** How much of the opening tag has come. */
  #opened = 0;
  #tokens = 0;

  /** @param isBlank whether the token's text is white space, or nothing */
  constructor({ startTokens, endTokens, prefillTokens }: ThinkingLimit, isBlank: (token: number) => boolean) {
    this.#start = startTokens;
    this.#end = new TokenMatcher(endTokens);
    this.#isBlank = isBlank;
    this.#state = startTokens.length > 0 ? "opening" : "ended";
    for (const token of prefillTokens) this.accept(token);
    this.#tokens = 0;
  }

  /** Without the end tag, once that is complete. */
  get tokens(): number {
    return this.#tokens;
  }

  accept(token: number): void {
    if (this.#state === "opening") this.#open(token);
    else if (this.#state === "thinking") this.#count(token);
  }

  #open(token: number): void {
    if (token !== this.#start[this.#opened]) {
      if (this.#opened > 0 || !this.#isBlank(token)) this.#state = "ended";
    } else if (++this.#opened === this.#start.length) {
      this.#state = "thinking";
    }
  }

  #count(token: number): void {
    this.#tokens++;
    if (!this.#end.completes(token)) return;
    this.#tokens -= Math.min(this.#tokens, this.#end.length);
    this.#state = "ended";
  }
}

/** Tells when the last tokens were a given sequence. */
class TokenMatcher {
  readonly #sequence: readonly number[];
  #last: number[] = [];

  constructor(sequence: readonly number[]) {
    this.#sequence = sequence;
  }

  get length(): number {
    return this.#sequence.length;
  }

  completes(token: number): boolean {
    this.#last.push(token);
    if (this.#last.length > this.#sequence.length) this.#last.shift();
    return this.#sequence.length > 0 && this.#sequence.every((wanted, index) => wanted === this.#last[index]);
  }
}
