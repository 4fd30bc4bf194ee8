import { type Definition, isRule, type Rule, type Term } from "./rule.js";

/**
 * In how many ways a grammar goes on where there are most: characters, sets and ends that may come next behind one place of
 * one rule. llama.cpp compares each token of the vocabulary with each of them.
 */
export function widestPlace(definitions: readonly Definition[], root: Rule): number {
  const widths = new Map<Rule, Width>();
  const widthOf = (rule: Rule): Width => {
    const known = widths.get(rule);
    if (known !== undefined) return known;
    const parts = (definitions[rule]?.alternatives ?? []).map(ofSequence);
    const width = {
      ways: parts.reduce((sum, { ways }) => sum + ways, 0),
      mayBeEmpty: parts.some(({ mayBeEmpty }) => mayBeEmpty),
    };
    widths.set(rule, width);
    return width;
  };
  function ofSequence(terms: readonly Term[]): Width {
    let ways = 0;
    for (const term of terms) {
      const width = isRule(term) ? widthOf(term) : { ways: 1, mayBeEmpty: false };
      ways += width.ways;
      if (!width.mayBeEmpty) return { ways, mayBeEmpty: false };
    }
    return { ways, mayBeEmpty: true };
  }

  let widest = widthOf(root).ways;
  const reached = new Set([root]);
  for (const rule of reached) {
    for (const terms of definitions[rule]?.alternatives ?? []) {
      for (const [index, term] of terms.entries()) {
        if (isRule(term)) reached.add(term);
        widest = Math.max(widest, ofSequence(terms.slice(index)).ways);
      }
    }
  }
  return widest;
}

interface Width {
  readonly ways: number;
  readonly mayBeEmpty: boolean;
}
