import type { ThinkingLimit } from "./generation.js";

/** Counts an answer's thinking while it is written: the tokens between its tags. */
export class ThinkingCounter {
  readonly #start: TokenMatcher;
  readonly #end: TokenMatcher;
  #isThinking = false;
  #hasEnded = false;
  #tokens = 0;

  constructor({ startTokens, endTokens, prefillTokens }: ThinkingLimit) {
    this.#start = new TokenMatcher(startTokens);
    this.#end = new TokenMatcher(endTokens);
    for (const token of prefillTokens) this.accept(token);
    this.#tokens = 0;
  }

  /** Without the end tag, once that is complete. */
  get tokens(): number {
    return this.#tokens;
  }

  accept(token: number): void {
    if (this.#hasEnded) return;
    if (!this.#isThinking) {
      this.#isThinking = this.#start.completes(token);
      return;
    }
    this.#tokens++;
    if (this.#end.completes(token)) {
      this.#tokens -= Math.min(this.#tokens, this.#end.length);
      this.#isThinking = false;
      this.#hasEnded = true;
    }
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
