import { type Alternatives, type Definition, isRule, type Rule, type Term } from "./rule.js";

/**
 * The rules without the alternatives that can never be completed: a sampler that went into one would find no token that goes
 * on. A rule that is nothing but another is replaced by it.
 */
export function withoutDeadEnds(definitions: readonly Definition[]): readonly Definition[] {
  const completable = completableRules(definitions);
  const alternatives = definitions.map((definition) =>
    definition.alternatives.filter((terms) => canComplete(terms, completable)),
  );
  const meant = alternatives.map((_, rule) => followAliases(rule, alternatives));
  return definitions.map(({ hint }, rule) => ({
    hint,
    alternatives: (alternatives[meant[rule] ?? rule] ?? []).map((terms) =>
      terms.map((term) => (isRule(term) ? (meant[term] ?? term) : term)),
    ),
  }));
}

/** The rules that generate a text, found from those that do so without another rule upwards. */
function completableRules(definitions: readonly Definition[]): ReadonlySet<Rule> {
  const waiting = new Map<Rule, { readonly rule: Rule; missing: number }[]>();
  const found = new Set<Rule>();
  for (const [rule, { alternatives }] of definitions.entries()) {
    for (const terms of alternatives) {
      if (terms.some(isEmptySet)) continue;
      const needed = new Set(terms.filter(isRule));
      const alternative = { rule, missing: needed.size };
      if (needed.size === 0) found.add(rule);
      for (const other of needed) {
        const list = waiting.get(other);
        if (list === undefined) waiting.set(other, [alternative]);
        else list.push(alternative);
      }
    }
  }
  for (const rule of found) {
    for (const alternative of waiting.get(rule) ?? []) {
      if (--alternative.missing === 0) found.add(alternative.rule);
    }
  }
  return found;
}

function canComplete(terms: readonly Term[], completable: ReadonlySet<Rule>): boolean {
  return terms.every((term) => (isRule(term) ? completable.has(term) : !isEmptySet(term)));
}

function isEmptySet(term: Term): boolean {
  return typeof term === "object" && term.length === 0;
}

/** The rule that is meant by one that is nothing but another. */
function followAliases(rule: Rule, alternatives: readonly Alternatives[]): Rule {
  for (let at = rule, steps = 0; ; steps++) {
    const [only = [], ...others] = alternatives[at] ?? [];
    const [target, ...further] = only;
    const isAlias = others.length === 0 && further.length === 0 && target !== undefined && isRule(target);
    if (!isAlias || steps > alternatives.length) return at;
    at = target;
  }
}
