import type { Automaton } from "./automaton.js";
import { determinize } from "./determinize.js";
import { minimize } from "./minimize.js";
import { SearchAutomaton } from "./nondeterministic.js";
import { complement, intersect } from "./operations.js";
import { type Pattern, sequence } from "./pattern.js";
import { parsePattern } from "./pattern-parser.js";
import type { Work } from "./work.js";

type Lookahead = Extract<Pattern, { kind: "lookahead" }>;

/**
 * The automaton of the texts in which a regular expression finds something, as `RegExp.test` with the `u` flag says.
 *
 * @throws PatternError where it is no regular expression, or one that this project can't hold
 */
export function patternAutomaton(source: string, work: Work): Automaton {
  return automatonOf(parsePattern(source), work);
}

/** The same for a parsed pattern. Lookaheads may stand right behind its leading `^`: each is one more condition. */
export function automatonOf(pattern: Pattern, work: Work): Automaton {
  const { lookaheads, rest } = splitLookaheads(pattern);
  const conditions = lookaheads.map(({ part, negative }) => {
    const automaton = search(sequence({ kind: "start" }, part), work);
    return negative ? complement(automaton) : automaton;
  });
  return conditions.reduce(
    (all, condition) => minimize(intersect(all, condition, work), work),
    search(rest, work),
  );
}

function search(pattern: Pattern, work: Work): Automaton {
  return minimize(determinize(new SearchAutomaton(pattern), work), work);
}

function splitLookaheads(pattern: Pattern): { lookaheads: readonly Lookahead[]; rest: Pattern } {
  if (pattern.kind !== "sequence" || pattern.parts[0]?.kind !== "start")
    return { lookaheads: [], rest: pattern };
  const [start, ...behind] = pattern.parts;
  const end = behind.findIndex(({ kind }) => kind !== "lookahead");
  const count = end === -1 ? behind.length : end;
  const lookaheads = behind.slice(0, count).filter((part): part is Lookahead => part.kind === "lookahead");
  return { lookaheads, rest: sequence(start, ...behind.slice(count)) };
}
