import type { ThinkingLimit } from "./generation.js";

/**
 * Counts an answer's thinking while it is written, as clients see it: the tokens between its tags, without the white space next
 * to the tags. An answer thinks once, and at its beginning: an opening tag behind other text is text about tags.
 */
export class ThinkingCounter {
  readonly #start: readonly number[];
  readonly #end: TokenMatcher;
  readonly #isBlank: (token: number) => boolean;
  #state: "opening" | "thinking" | "ended";
  /** How much of the opening tag has come. */
  #opened = 0;
  /** From the first one on that is no white space. */
  #tokens = 0;
  /** The same to the last one that is no white space. */
  #visible = 0;
  /** What `#visible` was before each of the last tokens, which may be the end tag. */
  #visibleBefore: number[] = [];

  /** @param isBlank whether the token's text is white space, or nothing */
  constructor({ startTokens, endTokens, prefillTokens }: ThinkingLimit, isBlank: (token: number) => boolean) {
    this.#start = startTokens;
    this.#end = new TokenMatcher(endTokens);
    this.#isBlank = isBlank;
    this.#state = startTokens.length > 0 ? "opening" : "ended";
    for (const token of prefillTokens) this.accept(token);
    this.#tokens = 0;
    this.#visible = 0;
    this.#visibleBefore = [];
  }

  /** Without the end tag and the white space before it, once the tag is complete. */
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
    this.#visibleBefore.push(this.#visible);
    if (this.#visibleBefore.length > this.#end.length) this.#visibleBefore.shift();
    const isBlank = this.#isBlank(token);
    if (this.#tokens > 0 || !isBlank) this.#tokens++;
    if (!isBlank) this.#visible = this.#tokens;
    if (!this.#end.completes(token)) return;
    this.#tokens = this.#visibleBefore[0] ?? 0;
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
