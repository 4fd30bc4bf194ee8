import type { Work } from "../automaton/work.js";
import { withoutDeadEnds } from "./dead-ends.js";
import { leftFactored } from "./left-factoring.js";
import { printRules } from "./print.js";
import type { Alternatives, Definition, Rule } from "./rule.js";
import { widestPlace } from "./width.js";

export interface PrintedGrammar {
  /** In llama.cpp's notation; its root rule is `root`. */
  readonly gbnf: string;
  /** In how many ways it goes on where there are most: a sampler compares every token with each. */
  readonly width: number;
}

/** A context-free grammar that is put together rule by rule. No rule may begin with itself. */
export class Grammar {
  readonly #definitions: Definition[] = [];
  #terms = 0;

  get size(): number {
    return this.#definitions.length;
  }

  /** Rules, sets and characters that the rules have been defined with: what printing takes grows with them. */
  get terms(): number {
    return this.#terms;
  }

  add(hint: string, alternatives: Alternatives): Rule {
    this.#terms += termsOf(alternatives);
    return this.#definitions.push({ hint, alternatives }) - 1;
  }

  /** A rule that refers to itself is added before it can be defined. */
  reserve(hint: string): Rule {
    return this.add(hint, []);
  }

  define(rule: Rule, alternatives: Alternatives): void {
    this.#terms += termsOf(alternatives);
    this.#definitions[rule] = { hint: this.#definitions[rule]?.hint ?? "", alternatives };
  }

  /**
   * The grammar with this root; null where it generates no text at all.
   *
   * @param work what may be spent on making it fast
   */
  print(root: Rule, work: Work): PrintedGrammar | null {
    const alive = withoutDeadEnds(this.#definitions);
    if (alive[root]?.alternatives.length === 0) return null;
    const factored = leftFactored(alive, work);
    return { gbnf: printRules(factored, root), width: widestPlace(factored, root) };
  }
}

function termsOf(alternatives: Alternatives): number {
  let count = 0;
  for (const terms of alternatives)
    for (const term of terms) count += typeof term === "string" ? term.length : 1;
  return count;
}
