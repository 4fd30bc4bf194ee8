import { type Automaton, trim } from "./automaton.js";
import type { Work } from "./work.js";

/** Larger automata, and those that take longer, stay as they are: each round looks at every edge. */
const maxEdges = 4000;
const maxRounds = 100;

/** An automaton of the same texts with fewer states, where it has states that nothing tells apart (Moore's algorithm). */
export function minimize(automaton: Automaton, work: Work): Automaton {
  const edges = automaton.reduce((count, state) => count + state.edges.length, 0);
  if (edges > maxEdges) return automaton;
  let classes: readonly number[] = automaton.map(({ accepting }) => Number(accepting));
  let count = new Set(classes).size;
  for (let round = 0; round < maxRounds; round++) {
    work.spendOnPatterns(edges);
    const refined = refine(automaton, classes);
    const refinedCount = new Set(refined).size;
    classes = refined;
    if (refinedCount === count) return merge(automaton, classes);
    count = refinedCount;
  }
  return automaton;
}

/** States stay in one class if they were in one and their edges lead to the same classes. */
function refine(automaton: Automaton, classes: readonly number[]): number[] {
  const numbers = new Map<string, number>();
  return automaton.map(({ edges }, state) => {
    const parts = [String(classes[state])];
    let previous = { end: -2, target: -1 };
    for (const { range, target } of edges) {
      const to = classes[target] ?? -1;
      // A range that goes on where the one before ended is the same edge if it leads to the same class.
      if (previous.target === to && previous.end + 1 === range[0]) parts.pop();
      else parts.push(`${range[0]}`);
      parts.push(`-${range[1]}:${to}`);
      previous = { end: range[1], target: to };
    }
    const key = parts.join();
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
}

/** One state of each class; that of state 0 comes first. */
function merge(automaton: Automaton, classes: readonly number[]): Automaton {
  const first = classes[0] ?? 0;
  const numberOf = (of: number): number => (of === first ? 0 : of < first ? of + 1 : of);
  const merged: Automaton[number][] = [];
  for (const [state, { accepting, edges }] of automaton.entries()) {
    const number = numberOf(classes[state] ?? 0);
    merged[number] ??= {
      accepting,
      edges: edges.map(({ range, target }) => ({ range, target: numberOf(classes[target] ?? 0) })),
    };
  }
  return trim(merged);
}
