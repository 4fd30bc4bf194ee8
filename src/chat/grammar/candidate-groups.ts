import type { CodePointSet } from "../automaton/code-points.js";
import type { FirstCharacters } from "./first-characters.js";
import { isRule, type Term } from "./rule.js";

export type Sequence = readonly Term[];

/** An alternative while its beginning is looked into. */
export interface Candidate {
  readonly terms: Sequence;
  /** The alternative that it came from. */
  readonly origin: number;
}

/** Of a candidate that stands for several alternatives. */
export const noOrigin = -1;

/** Candidates that begin with the same term. */
export interface Group {
  readonly candidates: Candidate[];
  /** The characters that the first of them begins with. */
  readonly first: CodePointSet;
}

/** The alternatives of one rule, by their first term; one that comes twice is kept once. */
export class CandidateGroups {
  readonly #firstCharacters: FirstCharacters;
  readonly #groups = new Map<string, Group>();
  readonly #seen = new Set<string>();

  constructor(firstCharacters: FirstCharacters) {
    this.#firstCharacters = firstCharacters;
  }

  get all(): readonly Group[] {
    return [...this.#groups.values()];
  }

  add(candidates: readonly Candidate[]): void {
    for (const candidate of candidates) {
      const key = keyOf(candidate.terms);
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      const group = this.#groups.get(headKey(candidate));
      if (group !== undefined) group.candidates.push(candidate);
      else this.#groups.set(headKey(candidate), this.#groupOf(candidate));
    }
  }

  replace(group: Group, candidates: readonly Candidate[]): void {
    const [first] = group.candidates;
    if (first !== undefined) this.#groups.delete(headKey(first));
    this.add(candidates);
  }

  /** Groups that begin with a rule which may stand for a character that another group begins with too. */
  overlapping(): readonly Group[] {
    const ranges = this.all.flatMap((group) => group.first.map(([from, to]) => ({ group, from, to })));
    ranges.sort((a, b) => a.from - b.from);
    const overlapping = new Set<Group>();
    let furthest = ranges[0];
    for (const range of ranges.slice(1)) {
      if (furthest !== undefined && range.from <= furthest.to && range.group !== furthest.group) {
        overlapping.add(range.group).add(furthest.group);
      }
      if (furthest === undefined || range.to > furthest.to) furthest = range;
    }
    return [...overlapping].filter(beginsWithRule);
  }

  #groupOf(candidate: Candidate): Group {
    return { candidates: [candidate], first: this.#firstCharacters.of(candidate.terms) };
  }
}

function beginsWithRule({ candidates: [candidate] }: Group): boolean {
  const head = candidate?.terms[0];
  return head !== undefined && isRule(head);
}

function headKey({ terms: [head] }: Candidate): string {
  return head === undefined ? "" : termKey(head);
}

export function keyOf(terms: Sequence): string {
  return terms.map(termKey).join(" ");
}

export function termKey(term: Term): string {
  if (typeof term === "string") return `"${term}`;
  return isRule(term) ? `${term}` : `[${term.join()}`;
}
