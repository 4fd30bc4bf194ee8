import type { CodePointSet } from "../automaton/code-points.js";

/** A rule of a grammar, by its number. */
export type Rule = number;

/** A part of an alternative: a text, one character of a set, or what a rule generates. */
export type Term = string | CodePointSet | Rule;

/** What a rule may be: one of these sequences. None at all is a rule that generates nothing. */
export type Alternatives = readonly (readonly Term[])[];

export interface Definition {
  /** What the rule is called where the name is free. */
  readonly hint: string;
  readonly alternatives: Alternatives;
}

export function isRule(term: Term): term is Rule {
  return typeof term === "number";
}
