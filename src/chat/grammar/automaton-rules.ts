import type { Automaton } from "../automaton/automaton.js";
import { type CodePointRange, type CodePointSet, codePointSet } from "../automaton/code-points.js";
import type { Grammar } from "./grammar.js";
import type { Alternatives, Rule, Term } from "./rule.js";

/** How the characters of an automaton are written in the text that the grammar describes. */
export interface Notation {
  /** The ways to write one character of the set. */
  write(set: CodePointSet): Alternatives;
  /** What stands behind an accepted text. */
  readonly end: readonly Term[];
}

/** The automaton's characters are the text's. */
export const plainNotation: Notation = { write: (set) => [[set]], end: [] };

/** Adds a rule for the texts of an automaton: one rule a state, so that one is alive at a time. */
export function addAutomaton(grammar: Grammar, hint: string, automaton: Automaton, notation: Notation): Rule {
  return new AutomatonRules(grammar, hint, automaton, notation).add();
}

interface Move {
  /** The ways to write a character that leads to the target. */
  readonly written: Alternatives;
  readonly target: number;
}

class AutomatonRules {
  readonly #grammar: Grammar;
  readonly #hint: string;
  readonly #notation: Notation;
  readonly #accepting: readonly boolean[];
  readonly #moves: readonly (readonly Move[])[];
  readonly #incoming: readonly number[];
  /** Of the states that have one; the map's order is that in which they are defined. */
  readonly #rules = new Map<number, Rule>();

  constructor(grammar: Grammar, hint: string, automaton: Automaton, notation: Notation) {
    this.#grammar = grammar;
    this.#hint = hint;
    this.#notation = notation;
    this.#accepting = automaton.map(({ accepting }) => accepting);
    this.#moves = automaton.map((_, state) => movesOf(automaton, state, notation));
    this.#incoming = incomingMoves(this.#moves);
  }

  add(): Rule {
    const first = this.#ruleOf(0);
    for (const [state, rule] of this.#rules) this.#grammar.define(rule, this.#alternatives(state));
    return first;
  }

  #alternatives(state: number): Alternatives {
    const alternatives = (this.#moves[state] ?? []).flatMap(({ written, target }) => {
      const rest = written.length === 1 ? this.#rest(target) : [this.#ruleOf(target)];
      return written.map((terms) => [...terms, ...rest]);
    });
    return this.#accepting[state] ? [...alternatives, this.#notation.end] : alternatives;
  }

  /** What follows on the way into a state: written out as long as there is one way to go on, then the state's rule. */
  #rest(target: number): readonly Term[] {
    const terms: Term[] = [];
    for (let state = target; ; ) {
      const moves = this.#moves[state] ?? [];
      const [only] = moves;
      const accepting = this.#accepting[state] ?? false;
      if (accepting && moves.length === 0) return [...terms, ...this.#notation.end];
      const writesOneWay = !accepting && moves.length === 1 && only?.written.length === 1;
      if (!writesOneWay || state === 0 || this.#incoming[state] !== 1) return [...terms, this.#ruleOf(state)];
      terms.push(...(only.written[0] ?? []));
      state = only.target;
    }
  }

  #ruleOf(state: number): Rule {
    const known = this.#rules.get(state);
    if (known !== undefined) return known;
    const rule = this.#grammar.reserve(this.#hint);
    this.#rules.set(state, rule);
    return rule;
  }
}

function movesOf(automaton: Automaton, state: number, notation: Notation): readonly Move[] {
  const ranges = new Map<number, CodePointRange[]>();
  for (const { range, target } of automaton[state]?.edges ?? []) {
    const others = ranges.get(target);
    if (others === undefined) ranges.set(target, [range]);
    else others.push(range);
  }
  return [...ranges].map(([target, set]) => ({ written: notation.write(codePointSet(set)), target }));
}

function incomingMoves(moves: readonly (readonly Move[])[]): readonly number[] {
  const incoming = moves.map(() => 0);
  for (const { target } of moves.flat()) incoming[target] = (incoming[target] ?? 0) + 1;
  return incoming;
}
