import type { Work } from "../automaton/work.js";
import {
  type Candidate,
  CandidateGroups,
  type Group,
  keyOf,
  noOrigin,
  type Sequence,
  termKey,
} from "./candidate-groups.js";
import { FirstCharacters } from "./first-characters.js";
import { type Alternatives, type Definition, isRule, type Rule, type Term } from "./rule.js";

/** Rules that may be added for what follows a common beginning. */
const mostNewRules = (rules: number): number => 2 * rules + 500;

/** Of Work, for an alternative that is compared with others. */
const candidateUnits = 20;

/**
 * The rules with common beginnings of their alternatives taken out: `"kind" … "a" x | "kind" … "b" y` becomes
 * `"kind" … ("a" x | "b" y)`, through rules that alternatives begin with.
 *
 * llama.cpp follows every alternative that may still be meant, and compares each token of the vocabulary with each of them:
 * two hundred alternatives that begin alike take seconds a token. Where this would take too much, alternatives stay as they are.
 */
export function leftFactored(definitions: readonly Definition[], work: Work): readonly Definition[] {
  return new LeftFactoring(definitions, work).run();
}

class LeftFactoring {
  /** As they came, one character a text; rules for rests are added behind. */
  readonly #rules: Definition[];
  readonly #first: FirstCharacters;
  readonly #rests = new Map<string, Rule>();
  readonly #mostRules: number;
  readonly #work: Work;
  /** Nothing may be spent any more. */
  #isOver = false;

  constructor(definitions: readonly Definition[], work: Work) {
    this.#work = work;
    this.#rules = definitions.map(({ hint, alternatives }) => ({
      hint,
      alternatives: alternatives.map(spelled),
    }));
    this.#first = new FirstCharacters(this.#rules);
    this.#mostRules = definitions.length + mostNewRules(definitions.length);
  }

  run(): readonly Definition[] {
    const factored: Definition[] = [];
    for (let rule = 0; rule < this.#rules.length; rule++) {
      const { hint = "", alternatives = [] } = this.#rules[rule] ?? {};
      factored.push({ hint, alternatives: this.#factor(alternatives, hint) });
    }
    return factored;
  }

  #factor(alternatives: Alternatives, hint: string): Alternatives {
    if (alternatives.length < 2) return alternatives;
    const groups = new CandidateGroups(this.#first);
    groups.add(alternatives.map((terms, origin) => ({ terms, origin })));
    for (let open = groups.overlapping(); open.length > 0; open = groups.overlapping()) {
      if (this.#isOver || this.#rules.length >= this.#mostRules) break;
      for (const group of open) {
        const candidates = this.#opened(group, hint);
        this.#isOver ||= !this.#work.takeForAlternatives(candidateUnits * candidates.length);
        groups.replace(group, candidates);
      }
    }
    return this.#written(alternatives, groups.all, hint);
  }

  /** A group with the alternatives of the rule that it begins with in place of it. */
  #opened({ candidates }: Group, hint: string): readonly Candidate[] {
    const [first, ...others] = candidates;
    const [head, ...tail] = first?.terms ?? [];
    if (first === undefined || head === undefined || !isRule(head)) return candidates;
    const rest = others.length === 0 ? tail : [this.#restOf(candidates, 1, hint)];
    const origin = others.length === 0 ? first.origin : noOrigin;
    return (this.#rules[head]?.alternatives ?? []).map((terms) => ({ terms: [...terms, ...rest], origin }));
  }

  /** A rule for what follows the first terms of these candidates. */
  #restOf(candidates: readonly Candidate[], from: number, hint: string): Rule {
    const rests = candidates.map(({ terms }) => terms.slice(from));
    const key = rests.map(keyOf).sort().join(" | ");
    const known = this.#rests.get(key);
    if (known !== undefined) return known;
    const rule = this.#rules.push({ hint, alternatives: rests }) - 1;
    this.#rests.set(key, rule);
    return rule;
  }

  /** An alternative that was looked into for nothing is written as it was. */
  #written(alternatives: Alternatives, groups: readonly Group[], hint: string): Alternatives {
    const joined = groups.filter(({ candidates }) => candidates.length > 1);
    const used = new Set([
      noOrigin,
      ...joined.flatMap(({ candidates }) => candidates.map(({ origin }) => origin)),
    ]);
    const kept = alternatives.filter((_, origin) => !used.has(origin));
    const opened = groups
      .flatMap(({ candidates: [only, ...others] }) => (only === undefined || others.length > 0 ? [] : [only]))
      .filter(({ origin }) => used.has(origin));
    return [
      ...joined.map(({ candidates }) => this.#join(candidates, hint)),
      ...opened.map(({ terms }) => terms),
      ...kept,
    ];
  }

  #join(candidates: readonly Candidate[], hint: string): Sequence {
    const [first, ...others] = candidates.map(({ terms }) => terms);
    const same = (first ?? []).findIndex((term, index) =>
      others.some((terms) => terms[index] === undefined || termKey(terms[index]) !== termKey(term)),
    );
    const common = same === -1 ? (first?.length ?? 0) : same;
    return [...(first ?? []).slice(0, common), this.#restOf(candidates, common, hint)];
  }
}

/** The same sequence with one character a text. */
function spelled(terms: Sequence): Sequence {
  return terms.flatMap((term): readonly Term[] => (typeof term === "string" ? [...term] : [term]));
}
