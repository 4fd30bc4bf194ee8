import { type CodePointSet, characters, noCodePoint, union } from "../automaton/code-points.js";
import { type Alternatives, type Definition, isRule, type Rule, type Term } from "./rule.js";

/** With which characters a rule's texts begin, and whether one of them is empty. */
interface Beginning {
  readonly set: CodePointSet;
  readonly mayBeEmpty: boolean;
}

/** The beginnings of rules that do not begin with themselves. */
export class FirstCharacters {
  readonly #definitions: readonly Definition[];
  readonly #known = new Map<Rule, Beginning>();

  /** @param definitions may grow; a rule must be complete when it is asked for */
  constructor(definitions: readonly Definition[]) {
    this.#definitions = definitions;
  }

  /** With which characters a sequence's texts begin; what may follow an empty one does not count. */
  of(terms: readonly Term[]): CodePointSet {
    return this.#ofSequence(terms).set;
  }

  #ofSequence(terms: readonly Term[]): Beginning {
    const sets: CodePointSet[] = [];
    for (const term of terms) {
      const beginning = this.#ofTerm(term);
      sets.push(beginning.set);
      if (!beginning.mayBeEmpty) return { set: union(...sets), mayBeEmpty: false };
    }
    return { set: union(...sets), mayBeEmpty: true };
  }

  #ofTerm(term: Term): Beginning {
    if (isRule(term)) return this.#ofRule(term);
    if (typeof term !== "string") return { set: term, mayBeEmpty: false };
    const [first] = term;
    return first === undefined
      ? { set: noCodePoint, mayBeEmpty: true }
      : { set: characters(first), mayBeEmpty: false };
  }

  #ofRule(rule: Rule): Beginning {
    const known = this.#known.get(rule);
    if (known !== undefined) return known;
    const beginning = this.#ofAlternatives(this.#definitions[rule]?.alternatives ?? []);
    this.#known.set(rule, beginning);
    return beginning;
  }

  #ofAlternatives(alternatives: Alternatives): Beginning {
    const beginnings = alternatives.map((terms) => this.#ofSequence(terms));
    return {
      set: union(...beginnings.map(({ set }) => set)),
      mayBeEmpty: beginnings.some(({ mayBeEmpty }) => mayBeEmpty),
    };
  }
}
