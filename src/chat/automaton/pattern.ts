import { type CodePointSet, codePointSet } from "./code-points.js";

/** A regular expression, parsed. Groups are gone: nothing asks what they captured. */
export type Pattern =
  | { readonly kind: "set"; readonly set: CodePointSet }
  | { readonly kind: "sequence"; readonly parts: readonly Pattern[] }
  | { readonly kind: "choice"; readonly options: readonly Pattern[] }
  | { readonly kind: "repeat"; readonly part: Pattern; readonly min: number; readonly max: number }
  | { readonly kind: "start" }
  | { readonly kind: "end" }
  | { readonly kind: "lookahead"; readonly part: Pattern; readonly negative: boolean };

/** A pattern that is no regular expression, or that this code cannot hold. Caught where the pattern's place is known. */
export class PatternError extends Error {}

export function sequence(...parts: readonly Pattern[]): Pattern {
  return { kind: "sequence", parts };
}

export function choice(...options: readonly Pattern[]): Pattern {
  return { kind: "choice", options };
}

/** `max` may be Infinity. */
export function repeat(part: Pattern, min: number, max: number): Pattern {
  return { kind: "repeat", part, min, max };
}

export function optional(part: Pattern): Pattern {
  return repeat(part, 0, 1);
}

/** Exactly this text. */
export function literal(text: string): Pattern {
  return sequence(...Array.from(text, (character) => range(character, character)));
}

export function range(from: string, to: string): Pattern {
  return { kind: "set", set: codePointSet([[from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0]]) };
}

/** Nothing but the pattern, from the text's start to its end. */
export function whole(pattern: Pattern): Pattern {
  return sequence({ kind: "start" }, pattern, { kind: "end" });
}
