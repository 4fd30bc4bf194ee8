import { anyBut, literal } from "./gbnf.js";

/**
 * GBNF rules for text up to and with a tag: `${name}0` is any text that does not contain the tag, the tag, then `after`.
 * One rule for every beginning of the tag that the text may just end in (the automaton of Knuth, Morris and Pratt), so
 * that there is one way to read a text and llama.cpp follows one stack.
 *
 * @param tag not empty
 * @param after a rule, or any other right side; null: the tag does not come
 * @param mayEnd whether the answer may end before the tag comes
 */
export function textUntilTag(
  name: string,
  tag: string,
  after: string | null,
  { mayEnd }: { mayEnd: boolean },
): string[] {
  const letters = Array.from(tag);
  return letters.map((_, matched) => {
    const alternatives = [...new Set(letters)].flatMap((letter) => {
      const next = matchedAfter(letters, matched, letter);
      if (next === letters.length) return after === null ? [] : `${literal(letter)} ${after}`;
      return next > 0 || letters[0] === letter ? `${literal(letter)} ${name}${next}` : [];
    });
    const rest = new Set(letters.filter((letter) => matchedAfter(letters, matched, letter) > 0));
    alternatives.push(`${anyBut(rest)} ${name}0`);
    if (mayEnd) alternatives.push('""');
    return `${name}${matched} ::= ${alternatives.join(" | ")}`;
  });
}

/** How many of the tag's first letters the text ends in, if it ended in `matched` of them and `letter` follows. */
function matchedAfter(tag: readonly string[], matched: number, letter: string): number {
  const text = [...tag.slice(0, matched), letter];
  for (let length = Math.min(tag.length, text.length); length > 0; length--) {
    const end = text.slice(text.length - length);
    if (end.every((each, index) => each === tag[index])) return length;
  }
  return 0;
}
