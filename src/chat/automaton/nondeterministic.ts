import { anyCodePoint, type CodePointSet } from "./code-points.js";
import { type Pattern, PatternError } from "./pattern.js";

/** When an empty step may be taken: at any place, at the text's start, at its end. */
export type EmptyStepPlace = "anywhere" | "start" | "end";

export interface NondeterministicState {
  readonly steps: { readonly place: EmptyStepPlace; readonly target: number }[];
  /** The characters that lead on, and where to. */
  consumes: { readonly set: CodePointSet; readonly target: number } | null;
}

/** Counted repetitions are written out, so this is what limits them. */
const maxNondeterministicStates = 20_000;

/** The automaton of a search: texts that have the pattern somewhere in them (Thompson's construction). */
export class SearchAutomaton {
  readonly states: NondeterministicState[] = [];
  readonly start: number;
  /** The pattern was found: every text from here on is accepted. */
  readonly found: number;

  /** @throws PatternError where the pattern is too large, or has a lookahead that does not stand at its start */
  constructor(pattern: Pattern) {
    this.start = this.#add();
    this.#consume(this.start, anyCodePoint, this.start);
    const entry = this.#behind(this.start);
    this.found = this.#behind(this.#build(pattern, entry));
    this.#consume(this.found, anyCodePoint, this.found);
  }

  /** Adds the pattern behind the state, and returns the state that it ends in. */
  #build(pattern: Pattern, from: number): number {
    switch (pattern.kind) {
      case "set": {
        const to = this.#add();
        this.#consume(from, pattern.set, to);
        return to;
      }
      case "sequence":
        return pattern.parts.reduce((at, part) => this.#build(part, at), from);
      case "choice": {
        const to = this.#add();
        for (const option of pattern.options) {
          this.#step(this.#build(option, this.#behind(from)), to);
        }
        return to;
      }
      case "repeat":
        return this.#repeat(pattern.part, pattern.min, pattern.max, from);
      case "start":
      case "end": {
        const to = this.#add();
        this.#step(from, to, pattern.kind);
        return to;
      }
      case "lookahead":
        throw new PatternError("it has a lookahead that does not stand right behind its leading ^");
    }
  }

  #repeat(part: Pattern, min: number, max: number, from: number): number {
    let at = from;
    for (let count = 0; count < min; count++) at = this.#build(part, this.#behind(at));
    const to = this.#add();
    if (max === Number.POSITIVE_INFINITY) {
      const loop = this.#behind(at);
      this.#step(this.#build(part, this.#behind(loop)), loop);
      this.#step(loop, to);
      return to;
    }
    this.#step(at, to);
    for (let count = min; count < max; count++) {
      at = this.#build(part, this.#behind(at));
      this.#step(at, to);
    }
    return to;
  }

  /** A new state, reached from the given one alone: what is added to it can't mix with what that one has. */
  #behind(state: number): number {
    const next = this.#add();
    this.#step(state, next);
    return next;
  }

  #add(): number {
    if (this.states.length >= maxNondeterministicStates) {
      throw new PatternError("it is too large, its repetitions written out");
    }
    return this.states.push({ steps: [], consumes: null }) - 1;
  }

  #step(from: number, target: number, place: EmptyStepPlace = "anywhere"): void {
    this.states[from]?.steps.push({ place, target });
  }

  #consume(from: number, set: CodePointSet, target: number): void {
    const state = this.states[from];
    if (state !== undefined) state.consumes = { set, target };
  }
}
