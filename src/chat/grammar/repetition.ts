import type { Grammar } from "./grammar.js";
import type { Alternatives, Rule, Term } from "./rule.js";

/** Up to so many, "at most n" is a chain of n rules, of which one is alive at a time. */
const longestChain = 256;
/** Up to so many, "exactly n" is written out. */
const longestSequence = 8;

/**
 * Counted repetition, as rules of its own.
 *
 * GBNF's `{m,n}` is not used: llama.cpp takes an n above 2,000 for no limit at all, refuses an m above that, and refuses
 * smaller ones where what is repeated is itself large.
 */
export class Repetition {
  readonly #grammar: Grammar;
  readonly #rules = new Map<string, Rule>();

  constructor(grammar: Grammar) {
    this.#grammar = grammar;
  }

  /** `min` to `max` times what the rule generates; `max` may be Infinity. */
  between(rule: Rule, min: number, max: number): readonly Term[] {
    const rest = max === Number.POSITIVE_INFINITY ? this.#any(rule) : this.#atMost(rule, max - min);
    return [...this.#exactly(rule, min), ...rest];
  }

  #any(rule: Rule): readonly Term[] {
    const key = `${rule}*`;
    const known = this.#rules.get(key);
    if (known !== undefined) return [known];
    const any = this.#grammar.reserve("any");
    this.#rules.set(key, any);
    this.#grammar.define(any, [[rule, any], []]);
    return [any];
  }

  /** Doubling: n is twice its half, so a million takes twenty rules. */
  #exactly(rule: Rule, count: number): readonly Term[] {
    if (count <= longestSequence) return Array.from({ length: count }, () => rule);
    const double = (): Alternatives => {
      const half = this.#exactly(rule, Math.floor(count / 2));
      return [[...half, ...half, ...(count % 2 === 1 ? [rule] : [])]];
    };
    return [this.#rule(`${rule}=${count}`, `times-${count}`, double)];
  }

  /**
   * A chain where it is short. A long one is cut in two: fewer than h, or h and then the rest. No text is both, and only
   * these two are alive at a time in each of the few cuts.
   */
  #atMost(rule: Rule, count: number): readonly Term[] {
    if (count <= 0) return [];
    if (count <= longestChain) return this.#chain(rule, count);
    const half = Math.floor(count / 2);
    const cut = (): Alternatives => [
      [...this.#exactly(rule, half), ...this.#atMost(rule, count - half)],
      this.#atMost(rule, half - 1),
    ];
    return [this.#rule(`${rule}<${count}`, `up-to-${count}`, cut)];
  }

  #chain(rule: Rule, count: number): readonly Term[] {
    let link: readonly Term[] = [];
    for (let length = 1; length <= count; length++) {
      const shorter = link;
      link = [this.#rule(`${rule}<${length}`, `up-to-${length}`, () => [[rule, ...shorter], []])];
    }
    return link;
  }

  #rule(key: string, hint: string, alternatives: () => Alternatives): Rule {
    const known = this.#rules.get(key);
    if (known !== undefined) return known;
    const rule = this.#grammar.add(hint, alternatives());
    this.#rules.set(key, rule);
    return rule;
  }
}
