import type { CodePointSet } from "../automaton/code-points.js";

/** A text as a GBNF literal. */
export function literal(text: string): string {
  const characters = Array.from(text, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    return /^[ -~]$/.test(character) ? character : escaped(character.codePointAt(0) ?? 0);
  });
  return `"${characters.join("")}"`;
}

/** Any character of these, as a GBNF class. */
export function anyOf(set: CodePointSet): string {
  const ranges = set.map(([from, to]) => {
    if (from === to) return inClass(from);
    return to === from + 1 ? `${inClass(from)}${inClass(to)}` : `${inClass(from)}-${inClass(to)}`;
  });
  return `[${ranges.join("")}]`;
}

/** Any character but these, as a GBNF class. llama.cpp takes invalid UTF-8 for one too, which no class of `anyOf` does. */
export function anyBut(characters: Iterable<string>): string {
  return `[^${Array.from(characters, (character) => inClass(character.codePointAt(0) ?? 0)).join("")}]`;
}

function inClass(codePoint: number): string {
  const character = String.fromCodePoint(codePoint);
  return /^[A-Za-z0-9]$/.test(character) ? character : escaped(codePoint);
}

/** All three forms that llama.cpp reads have a fixed number of digits. */
function escaped(codePoint: number): string {
  const digits = codePoint.toString(16).toUpperCase();
  if (codePoint <= 0xff) return `\\x${digits.padStart(2, "0")}`;
  return codePoint <= 0xffff ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}
