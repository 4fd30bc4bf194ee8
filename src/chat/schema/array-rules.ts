import type { Grammar } from "../grammar/grammar.js";
import type { JsonRules } from "../grammar/json-rules.js";
import type { Rule, Term } from "../grammar/rule.js";

export interface ArrayRules {
  readonly first: readonly Rule[];
  /** Of all items behind the first ones; null where there are none. */
  readonly rest: Rule | null;
  readonly minItems: number;
  /** May be Infinity. */
  readonly maxItems: number;
}

/** Adds the rule of an array: the first items one by one, then as many of the rest as there may be. */
export function addArray(grammar: Grammar, json: JsonRules, hint: string, array: ArrayRules): Rule {
  const { first, rest, minItems, maxItems } = array;
  const next = rest === null ? null : grammar.add(hint, [[",", json.space, rest]]);
  const empty = minItems === 0 ? [["[", json.space, "]"]] : [];
  const [head, tail] = first.length === 0 ? [rest, others(1)] : [first[0] ?? null, behind(1)];
  const filled = head === null || maxItems < 1 ? [] : [["[", json.space, head, ...tail, json.space, "]"]];
  return grammar.add(hint, [...filled, ...empty]);

  /** What follows when so many of the first items were written. */
  function behind(written: number): readonly Term[] {
    let terms = others(first.length);
    for (let index = first.length - 1; index >= written; index--) {
      const item = first[index];
      const more = item === undefined || index >= maxItems ? [] : [[",", json.space, item, ...terms]];
      terms = [grammar.add(hint, [...more, ...(index >= minItems ? [[]] : [])])];
    }
    return terms;
  }

  /** The further items, when so many were written: no rule at all where they are too few and no more may follow. */
  function others(written: number): readonly Term[] {
    const [min, max] = [Math.max(minItems - written, 0), maxItems - written];
    if (next === null || max <= 0) return min === 0 ? [] : [grammar.reserve(hint)];
    if (max < min) return [grammar.reserve(hint)];
    return json.repetition.between(next, min, max);
  }
}
