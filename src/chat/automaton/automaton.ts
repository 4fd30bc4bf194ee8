import type { CodePointRange } from "./code-points.js";

/** A transition: on a character of the range to the state with this number. */
export interface Edge {
  readonly range: CodePointRange;
  readonly target: number;
}

export interface State {
  readonly accepting: boolean;
  /** In increasing order, without overlap; a character on no edge is refused. */
  readonly edges: readonly Edge[];
}

/** A deterministic finite automaton over characters. It starts in state 0. */
export type Automaton = readonly State[];

/** An automaton has at most so many states: each becomes a rule of the grammar. */
export const maxStates = 4000;

/** The automaton of no text at all. */
export const nothing: Automaton = [{ accepting: false, edges: [] }];

export function isEmpty(automaton: Automaton): boolean {
  return !automaton.some(({ accepting }) => accepting);
}

/** Whether the automaton accepts the whole text. */
export function accepts(automaton: Automaton, text: string): boolean {
  let state = automaton[0];
  for (const character of text) {
    const target = state && targetOf(state, character.codePointAt(0) ?? 0);
    state = target === undefined ? undefined : automaton[target];
  }
  return state?.accepting ?? false;
}

function targetOf({ edges }: State, codePoint: number): number | undefined {
  return edges.find(({ range: [from, to] }) => from <= codePoint && codePoint <= to)?.target;
}

/** The automaton without the states that no accepted text goes through, and with its edges joined. */
export function trim(automaton: Automaton): Automaton {
  const useful = leadingToAcceptance(automaton);
  if (!useful.has(0)) return nothing;
  const numbers = new Map([[0, 0]]);
  const order = [0];
  for (const state of order) {
    for (const { target } of automaton[state]?.edges ?? []) {
      if (!useful.has(target) || numbers.has(target)) continue;
      numbers.set(target, order.length);
      order.push(target);
    }
  }
  return order.map((state) => {
    const { accepting = false, edges = [] } = automaton[state] ?? {};
    const kept = edges.flatMap(({ range, target }) => {
      const number = numbers.get(target);
      return number === undefined ? [] : [{ range, target: number }];
    });
    return { accepting, edges: joined(kept) };
  });
}

/** The states from which an accepting one can be reached. */
function leadingToAcceptance(automaton: Automaton): ReadonlySet<number> {
  const sources: number[][] = automaton.map(() => []);
  for (const [state, { edges }] of automaton.entries()) {
    for (const { target } of edges) sources[target]?.push(state);
  }
  const found = new Set(automaton.flatMap(({ accepting }, state) => (accepting ? [state] : [])));
  for (const state of found) for (const source of sources[state] ?? []) found.add(source);
  return found;
}

/** Neighbouring ranges with the same target become one. */
function joined(edges: readonly Edge[]): readonly Edge[] {
  const result: Edge[] = [];
  for (const edge of edges) {
    const last = result.at(-1);
    if (last !== undefined && last.target === edge.target && last.range[1] + 1 === edge.range[0]) {
      result[result.length - 1] = { target: edge.target, range: [last.range[0], edge.range[1]] };
    } else {
      result.push(edge);
    }
  }
  return result;
}

/** How many characters the shortest and the longest accepted text have; the longest may be Infinity. */
export function lengthsOf(automaton: Automaton): { readonly shortest: number; readonly longest: number } {
  return { shortest: shortestLength(automaton), longest: longestLength(automaton) };
}

function shortestLength(automaton: Automaton): number {
  const distances = new Map([[0, 0]]);
  for (const [state, distance] of distances) {
    if (automaton[state]?.accepting) return distance;
    for (const { target } of automaton[state]?.edges ?? []) {
      if (!distances.has(target)) distances.set(target, distance + 1);
    }
  }
  return Number.POSITIVE_INFINITY;
}

/** Of a trimmed automaton: Infinity where it has a cycle, otherwise its longest path. */
function longestLength(automaton: Automaton): number {
  const pending = automaton.map(() => 0);
  for (const { edges } of automaton)
    for (const { target } of edges) pending[target] = (pending[target] ?? 0) + 1;
  const lengths = automaton.map(() => 0);
  const order = pending[0] === 0 ? [0] : [];
  for (const state of order) {
    for (const { target } of automaton[state]?.edges ?? []) {
      lengths[target] = Math.max(lengths[target] ?? 0, (lengths[state] ?? 0) + 1);
      pending[target] = (pending[target] ?? 0) - 1;
      if (pending[target] === 0) order.push(target);
    }
  }
  return order.length === automaton.length ? Math.max(...lengths) : Number.POSITIVE_INFINITY;
}
