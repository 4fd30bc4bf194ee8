import { type Automaton, type Edge, maxStates, type State, trim } from "./automaton.js";
import type { CodePointRange } from "./code-points.js";
import type { EmptyStepPlace, SearchAutomaton } from "./nondeterministic.js";
import { PatternError } from "./pattern.js";
import type { Work } from "./work.js";

/** A sampler compares every token with every range of characters. */
const maxEdgesOfAState = 300;

/**
 * The deterministic automaton of a search (the subset construction).
 *
 * @throws PatternError where it would have too many states
 */
export function determinize(search: SearchAutomaton, work: Work): Automaton {
  return new Determinization(search, work).run();
}

class Determinization {
  readonly #search: SearchAutomaton;
  readonly #numbers = new Map<string, number>();
  readonly #subsets: number[][] = [];
  readonly #work: Work;

  /** By state: whether it takes a character, or has a step that is not taken anywhere. */
  readonly #leadsOn: readonly boolean[];

  constructor(search: SearchAutomaton, work: Work) {
    this.#search = search;
    this.#leadsOn = search.states.map(
      ({ consumes, steps }) => consumes !== null || steps.some(({ place }) => place !== "anywhere"),
    );
    this.#work = work;
  }

  run(): Automaton {
    const first = this.#closure([this.#search.start], ["anywhere", "start"]);
    // Apart from all others: only here may an assertion of the text's start hold at its end.
    this.#number("start", first);
    const states: State[] = [];
    for (let state = 0; state < this.#subsets.length; state++) {
      const subset = this.#subsets[state] ?? [];
      const places: EmptyStepPlace[] = state === 0 ? ["anywhere", "start", "end"] : ["anywhere", "end"];
      const accepting = this.#closure(subset, places).includes(this.#search.found);
      const edges = this.#edges(subset);
      if (edges.length > maxEdgesOfAState) throw new PatternError("it tells too many characters apart");
      states.push({ accepting, edges });
    }
    return trim(states);
  }

  /**
   * What is reached from these states without a character, without those that only lead there. The end stands alone where it
   * is among them, as it accepts all.
   */
  #closure(from: readonly number[], places: readonly EmptyStepPlace[]): number[] {
    const reached = new Set(from);
    for (const state of reached) {
      for (const { place, target } of this.#search.states[state]?.steps ?? []) {
        if (places.includes(place)) reached.add(target);
      }
    }
    this.#work.spendOnPatterns(reached.size);
    if (reached.has(this.#search.found)) return [this.#search.found];
    return [...reached].filter((state) => this.#leadsOn[state]).sort((a, b) => a - b);
  }

  #edges(subset: readonly number[]): Edge[] {
    const edges: Edge[] = [];
    let previous = { targets: "", number: 0 };
    for (const { range, targets } of cut(this.#movesOf(subset))) {
      this.#work.spendOnPatterns(targets.length);
      const key = targets.join();
      if (previous.targets !== key) {
        previous = { targets: key, number: this.#number("", this.#closure(targets, ["anywhere"])) };
      }
      edges.push({ range, target: previous.number });
    }
    return edges;
  }

  #movesOf(subset: readonly number[]): readonly Edge[] {
    return subset.flatMap((state) => {
      const consumes = this.#search.states[state]?.consumes;
      return consumes ? consumes.set.map((range) => ({ range, target: consumes.target })) : [];
    });
  }

  #number(kind: string, subset: number[]): number {
    const key = `${kind}${subset.join()}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#subsets.length >= maxStates) {
      throw new PatternError(`it is too complex: its automaton has more than ${maxStates} states`);
    }
    this.#numbers.set(key, this.#subsets.length);
    return this.#subsets.push(subset) - 1;
  }
}

interface Piece {
  readonly range: CodePointRange;
  /** In increasing order. */
  readonly targets: readonly number[];
}

/** Moves on ranges that overlap, cut at each other's ends: the pieces on which the same ones are possible. */
function cut(moves: readonly Edge[]): Piece[] {
  const sorted = [...moves].sort((a, b) => a.range[0] - b.range[0]);
  const ends = [...new Set(moves.flatMap(({ range: [from, to] }) => [from, to + 1]))].sort((a, b) => a - b);
  const pieces: Piece[] = [];
  let active: Edge[] = [];
  let next = 0;
  for (const [index, from] of ends.entries()) {
    active = active.filter(({ range }) => range[1] >= from);
    for (let move = sorted[next]; move !== undefined && move.range[0] === from; move = sorted[++next]) {
      active.push(move);
    }
    const end = ends[index + 1];
    if (active.length === 0 || end === undefined) continue;
    const targets = [...new Set(active.map(({ target }) => target))].sort((a, b) => a - b);
    pieces.push({ range: [from, end - 1], targets });
  }
  return pieces;
}
