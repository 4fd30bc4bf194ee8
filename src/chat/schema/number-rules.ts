import { type Automaton, isEmpty } from "../automaton/automaton.js";
import { minimize } from "../automaton/minimize.js";
import { multiplesOf, numbersBetween, without } from "../automaton/number-automaton.js";
import { intersect, literals } from "../automaton/operations.js";
import { PatternError } from "../automaton/pattern.js";
import type { Work } from "../automaton/work.js";
import { addAutomaton, plainNotation } from "../grammar/automaton-rules.js";
import type { Grammar } from "../grammar/grammar.js";
import type { JsonRules } from "../grammar/json-rules.js";
import type { Rule } from "../grammar/rule.js";
import type { Findings } from "./findings.js";
import { inShape, type NumberShape } from "./number-shape.js";
import type { Place } from "./place.js";

/** The rule of a shape's numbers; null where there are none. */
export function addNumber(
  grammar: Grammar,
  json: JsonRules,
  hint: string,
  shape: NumberShape,
  asked: { readonly place: Place; readonly findings: Findings; readonly work: Work },
): Rule | null {
  const { integer, minimum, maximum, only, excluded, divisors } = shape;
  if (only !== null) return addListed(grammar, hint, shape, only);
  const constrained = minimum !== null || maximum !== null || excluded.length > 0 || divisors.length > 0;
  if (!constrained) return integer ? json.integer : json.number;
  try {
    const automaton = minimize(numberAutomaton(shape, asked.work), asked.work);
    return isEmpty(automaton) ? null : addAutomaton(grammar, hint, automaton, plainNotation);
  } catch (thrown) {
    if (!(thrown instanceof PatternError)) throw thrown;
    asked.findings.unheld(asked.place, "", `its numbers: ${thrown.message}`);
    return integer ? json.integer : json.number;
  }
}

/** One automaton for the whole list: however long it is, one rule is alive at a time. */
function addListed(grammar: Grammar, hint: string, shape: NumberShape, only: readonly number[]): Rule | null {
  const values = only.filter((value) => inShape(value, shape) && !shape.excluded.includes(value));
  if (values.length === 0) return null;
  return addAutomaton(grammar, hint, literals(values.map((value) => JSON.stringify(value))), plainNotation);
}

function numberAutomaton(shape: NumberShape, work: Work): Automaton {
  const { minimum, maximum, integer, divisors, excluded } = shape;
  const between = numbersBetween(minimum, maximum, integer, work);
  const multiples = divisors.reduce((all, { value }) => intersect(all, multiplesOf(value), work), between);
  return excluded.reduce((all, value) => without(all, value, work), multiples);
}
