/**
 * Finds a tag in a text that comes in pieces, and looks at every character once (Knuth, Morris, Pratt).
 *
 * What is held back is always the beginning of the tag itself, so it is a number and no text.
 */
export class TagMatcher {
  readonly #tag: string;
  /** At index n: how much of the tag's beginning is also the end of its first n + 1 characters, but not all of them. */
  readonly #borders: readonly number[];
  #matched = 0;

  /** @param tag not empty */
  constructor(tag: string) {
    this.#tag = tag;
    const borders: number[] = [0];
    for (let at = 1; at < tag.length; at++) {
      borders.push(longerMatch(tag, borders, borders[at - 1] ?? 0, tag.charAt(at)));
    }
    this.#borders = borders;
  }

  /** What is held back because the tag may follow. */
  get partialTag(): string {
    return this.#tag.slice(0, this.#matched);
  }

  /**
   * Reads on from index `from` to the end of the tag, or of the text.
   *
   * @returns what is certainly no part of the tag, and the index after the tag, or -1 where it has not ended
   */
  read(text: string, from: number): { readonly before: string; readonly end: number } {
    const held = this.partialTag;
    let at = from;
    while (at < text.length && this.#matched < this.#tag.length) {
      this.#matched = longerMatch(this.#tag, this.#borders, this.#matched, text.charAt(at));
      at++;
    }
    const isFound = this.#matched === this.#tag.length;
    const seen = held + text.slice(from, at);
    const before = seen.slice(0, seen.length - this.#matched);
    if (isFound) this.#matched = 0;
    return { before, end: isFound ? at : -1 };
  }
}

/** How much of the tag's beginning ends with `char`, where `matched` characters of it stood before. */
function longerMatch(tag: string, borders: readonly number[], matched: number, char: string): number {
  let length = matched;
  while (length > 0 && tag.charAt(length) !== char) length = borders[length - 1] ?? 0;
  return tag.charAt(length) === char ? length + 1 : 0;
}
