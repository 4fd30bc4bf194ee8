/** The words that may stand next, none the beginning of another, with what follows each: more words or the end. */
export interface Place<End extends string> extends ReadonlyMap<string, Place<End> | End> {}

/** A place where any of these words may stand. */
export function oneOf<End extends string>(words: readonly string[], next: Place<End> | End): Place<End> {
  return new Map(words.map((word) => [word, next]));
}

/** These words in this order. */
export function inOrder<End extends string>(
  [first, ...rest]: readonly [string, ...string[]],
  next: Place<End> | End,
): Place<End> {
  const [second, ...others] = rest;
  return oneOf([first], second === undefined ? next : inOrder([second, ...others], next));
}

/** Reads known words a character at a time, with any white space before each. */
export class PhraseReader<End extends string> {
  readonly #words: string[] = [];
  #place: Place<End>;
  /** Words of the place that begin with what was read of one. */
  #possible: readonly string[];
  #lengthRead = 0;

  constructor(start: Place<End>) {
    this.#place = start;
    this.#possible = [...start.keys()];
  }

  /** The words that were read to their ends. */
  get words(): readonly string[] {
    return this.#words;
  }

  /** What was read of the word that has not ended. */
  get partialWord(): string {
    return this.#possible[0]?.slice(0, this.#lengthRead) ?? "";
  }

  /** @returns "refused" where the character can't follow: it is then not read, and nothing can be read any more */
  read(char: string): "more" | "refused" | End {
    if (this.#lengthRead === 0 && isSpace(char)) return "more";
    const possible = this.#possible.filter((word) => word.charAt(this.#lengthRead) === char);
    const [word] = possible;
    if (word === undefined) return "refused";
    this.#possible = possible;
    this.#lengthRead++;
    return word.length > this.#lengthRead ? "more" : this.#endWord(word);
  }

  #endWord(word: string): "more" | "refused" | End {
    this.#words.push(word);
    const next = this.#place.get(word);
    if (next === undefined) return "refused";
    if (typeof next === "string") return next;
    this.#place = next;
    this.#possible = [...next.keys()];
    this.#lengthRead = 0;
    return "more";
  }
}

/** White space as JSON has it. */
export function isSpace(char: string): boolean {
  return char === " " || char === "\n" || char === "\r" || char === "\t";
}
