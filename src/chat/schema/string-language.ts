import { type Automaton, accepts, isEmpty, lengthsOf } from "../automaton/automaton.js";
import { minimize } from "../automaton/minimize.js";
import { complement, intersect, lengthBetween, literals } from "../automaton/operations.js";
import { PatternError } from "../automaton/pattern.js";
import { patternAutomaton } from "../automaton/pattern-automaton.js";
import { Work } from "../automaton/work.js";
import type { Findings } from "./findings.js";
import type { Asked, StringShape } from "./string-shape.js";

/**
 * The strings of a shape: those of an automaton, or every string with so many characters. What no automaton of reasonable
 * size can hold is reported and left out.
 */
export type StringLanguage =
  | { readonly kind: "automaton"; readonly automaton: Automaton }
  | { readonly kind: "lengths"; readonly min: number; readonly max: number };

/** Formats are the same in every schema. */
const formats = new Map<string, Automaton>();

export class StringLanguages {
  readonly #findings: Findings;
  readonly #work: Work;
  /** By regular expression; a message where there is none. */
  readonly #patterns = new Map<string, Automaton | string>();
  /** By the texts. */
  readonly #lists = new Map<string, Automaton>();

  constructor(findings: Findings, work: Work) {
    this.#findings = findings;
    this.#work = work;
  }

  of(shape: StringShape): StringLanguage {
    if (shape.only !== null)
      return { kind: "automaton", automaton: this.#literals(this.#listed(shape, shape.only)) };
    let automaton = shape.excluded.length === 0 ? null : complement(literals(shape.excluded));
    for (const { asked, condition } of this.#conditions(shape)) {
      automaton = automaton === null ? condition : this.#both(automaton, asked, () => condition);
    }
    if (automaton === null) return { kind: "lengths", ...lengthsAsked(shape) };
    return { kind: "automaton", automaton: this.#withLengths(automaton, shape) };
  }

  /** The same texts are listed by many branches where alternatives stand beside an enum. */
  #literals(texts: readonly string[]): Automaton {
    const key = JSON.stringify(texts);
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    this.#spend(key.length);
    const automaton = literals(texts);
    this.#lists.set(key, automaton);
    return automaton;
  }

  /** @throws WeirError `invalid_schema` where nothing is left */
  #spend(units: number): void {
    if (!this.#work.takeForAlternatives(units)) this.#findings.refuseTooComplex();
  }

  /** The automata of the patterns that can be held. */
  #conditions({ patterns, notPatterns }: StringShape): { asked: Asked<string>; condition: Automaton }[] {
    const conditionsOf = (list: readonly Asked<string>[], change: (automaton: Automaton) => Automaton) =>
      list.flatMap((asked) => {
        const automaton = this.pattern(asked);
        return automaton === null ? [] : [{ asked, condition: change(automaton) }];
      });
    return [...conditionsOf(patterns, (automaton) => automaton), ...conditionsOf(notPatterns, complement)];
  }

  /** The automaton of a regular expression; null, and reported, where it can't be held. */
  pattern({ place, keyword, value }: Asked<string>): Automaton | null {
    if (keyword === "format") return formatAutomaton(value);
    const known = this.#patterns.get(value) ?? this.#compile(value);
    this.#patterns.set(value, known);
    if (typeof known !== "string") return known;
    this.#findings.unheld(place, keyword, `the pattern ${JSON.stringify(value.slice(0, 100))}: ${known}`);
    return null;
  }

  includes(language: StringLanguage, text: string): boolean {
    if (language.kind === "automaton") return accepts(language.automaton, text);
    const length = [...text].length;
    return language.min <= length && length <= language.max;
  }

  /** Whether no text is in both; false where that takes too long to find out. */
  areApart(a: StringLanguage, b: StringLanguage): boolean {
    if (a.kind === "lengths" && b.kind === "lengths") return a.max < b.min || b.max < a.min;
    try {
      return isEmpty(intersect(automatonOf(a), automatonOf(b), this.#work));
    } catch (thrown) {
      if (thrown instanceof PatternError) return false;
      throw thrown;
    }
  }

  #compile(pattern: string): Automaton | string {
    try {
      return patternAutomaton(pattern, this.#work);
    } catch (thrown) {
      if (thrown instanceof PatternError) return thrown.message;
      throw thrown;
    }
  }

  #listed(shape: StringShape, only: readonly string[]): readonly string[] {
    const lengths: StringLanguage = { kind: "lengths", ...lengthsAsked(shape) };
    const conditions = this.#conditions(shape);
    this.#spend(only.length * (1 + shape.excluded.length + conditions.length));
    return only.filter(
      (text) =>
        this.includes(lengths, text) &&
        !shape.excluded.includes(text) &&
        conditions.every(({ condition }) => accepts(condition, text)),
    );
  }

  #withLengths(automaton: Automaton, { minLength, maxLength }: StringShape): Automaton {
    if (isEmpty(automaton)) return automaton;
    const { shortest, longest } = lengthsOf(automaton);
    let result = automaton;
    // What the pattern implies already costs no states.
    if (minLength !== null && minLength.value > shortest) {
      result = this.#both(result, minLength, () => lengthBetween(minLength.value, Number.POSITIVE_INFINITY));
    }
    if (maxLength !== null && maxLength.value < longest) {
      result = this.#both(result, maxLength, () => lengthBetween(0, maxLength.value));
    }
    return result;
  }

  /** Both conditions; the first alone, and the second reported, where that takes too many states. */
  #both(automaton: Automaton, asked: Asked<unknown>, condition: () => Automaton): Automaton {
    try {
      return minimize(intersect(automaton, condition(), this.#work), this.#work);
    } catch (thrown) {
      if (!(thrown instanceof PatternError)) throw thrown;
      this.#findings.unheld(asked.place, asked.keyword, thrown.message);
      return automaton;
    }
  }
}

function formatAutomaton(pattern: string): Automaton {
  const automaton = formats.get(pattern) ?? patternAutomaton(pattern, new Work());
  formats.set(pattern, automaton);
  return automaton;
}

/** @throws PatternError where the lengths take too many states */
function automatonOf(language: StringLanguage): Automaton {
  return language.kind === "automaton" ? language.automaton : lengthBetween(language.min, language.max);
}

function lengthsAsked({ minLength, maxLength }: StringShape): { readonly min: number; readonly max: number } {
  return { min: minLength?.value ?? 0, max: maxLength?.value ?? Number.POSITIVE_INFINITY };
}
