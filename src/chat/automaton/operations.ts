import { type Automaton, type Edge, maxStates, type State, trim } from "./automaton.js";
import { anyCodePoint, type CodePointRange, complement as complementOf } from "./code-points.js";
import { PatternError } from "./pattern.js";
import type { Work } from "./work.js";

/**
 * The texts that both accept.
 *
 * @throws PatternError where that takes too many states
 */
export function intersect(a: Automaton, b: Automaton, work: Work): Automaton {
  const numbers = new Map<number, number>();
  const pairs: (readonly [number, number])[] = [];
  const numberOf = (left: number, right: number): number => {
    const key = left * b.length + right;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    // Before it is trimmed: some of these are dead ends.
    if (pairs.length >= 4 * maxStates) throw tooManyStates();
    numbers.set(key, pairs.length);
    return pairs.push([left, right]) - 1;
  };
  numberOf(0, 0);
  const states: State[] = [];
  for (let pair = 0; pair < pairs.length; pair++) {
    const [left = 0, right = 0] = pairs[pair] ?? [];
    const [one, other] = [a[left], b[right]];
    if (one === undefined || other === undefined) continue;
    work.spendOnPatterns(one.edges.length + other.edges.length + 1);
    const edges = commonEdges(one.edges, other.edges, numberOf);
    states.push({ accepting: one.accepting && other.accepting, edges });
  }
  const trimmed = trim(states);
  if (trimmed.length > maxStates) throw tooManyStates();
  return trimmed;
}

function tooManyStates(): PatternError {
  return new PatternError(
    `together with what else is asked of the text it has more than ${maxStates} states`,
  );
}

function commonEdges(
  a: readonly Edge[],
  b: readonly Edge[],
  numberOf: (left: number, right: number) => number,
): Edge[] {
  const common: Edge[] = [];
  for (let i = 0, j = 0; ; ) {
    const [left, right] = [a[i], b[j]];
    if (left === undefined || right === undefined) return common;
    const from = Math.max(left.range[0], right.range[0]);
    const to = Math.min(left.range[1], right.range[1]);
    if (from <= to) common.push({ range: [from, to], target: numberOf(left.target, right.target) });
    if (left.range[1] < right.range[1]) i++;
    else j++;
  }
}

/** The texts that the automaton does not accept. */
export function complement(automaton: Automaton): Automaton {
  const rest = automaton.length;
  const all: State = { accepting: true, edges: toTarget(anyCodePoint, rest) };
  const states = automaton.map(({ accepting, edges }) => {
    const refused = toTarget(complementOf(edges.map(({ range }) => range)), rest);
    return { accepting: !accepting, edges: [...edges, ...refused].sort((a, b) => a.range[0] - b.range[0]) };
  });
  return trim([...states, all]);
}

function toTarget(ranges: readonly CodePointRange[], target: number): Edge[] {
  return ranges.map((range) => ({ range, target }));
}

/** The automaton of these texts. */
export function literals(texts: Iterable<string>): Automaton {
  const states: { accepting: boolean; readonly targets: Map<number, number> }[] = [];
  const add = (): number => states.push({ accepting: false, targets: new Map() }) - 1;
  add();
  for (const text of texts) {
    let at = 0;
    for (const character of text) {
      const codePoint = character.codePointAt(0) ?? 0;
      const known = states[at]?.targets.get(codePoint);
      const next = known ?? add();
      states[at]?.targets.set(codePoint, next);
      at = next;
    }
    const last = states[at];
    if (last !== undefined) last.accepting = true;
  }
  return states.map(({ accepting, targets }) => ({
    accepting,
    edges: [...targets]
      .sort(([a], [b]) => a - b)
      .map(([codePoint, target]) => ({ range: [codePoint, codePoint], target })),
  }));
}

/**
 * The texts of `min` to `max` characters; `max` may be Infinity.
 *
 * @throws PatternError where that takes too many states
 */
export function lengthBetween(min: number, max: number): Automaton {
  const last = max === Number.POSITIVE_INFINITY ? min : max;
  if (last >= maxStates)
    throw new PatternError(`lengths from ${maxStates} on can't be held beside other constraints`);
  return trim(
    Array.from({ length: last + 1 }, (_, length) => {
      const target = length < last ? length + 1 : max === last ? null : length;
      return { accepting: length >= min, edges: target === null ? [] : toTarget(anyCodePoint, target) };
    }),
  );
}
