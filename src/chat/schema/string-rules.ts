import { type Automaton, isEmpty } from "../automaton/automaton.js";
import { addAutomaton, type Notation } from "../grammar/automaton-rules.js";
import type { Grammar } from "../grammar/grammar.js";
import type { JsonRules } from "../grammar/json-rules.js";
import { stringNotation } from "../grammar/json-string.js";
import type { Rule } from "../grammar/rule.js";
import type { StringLanguage } from "./string-language.js";

/** The rules of strings, each language once. */
export class StringRules {
  readonly #grammar: Grammar;
  readonly #json: JsonRules;
  readonly #notation: Notation;
  readonly #byLengths = new Map<string, Rule>();
  /** Patterns that occur more than once have the same automaton. */
  readonly #byAutomaton = new Map<Automaton, Rule>();

  constructor(grammar: Grammar, json: JsonRules) {
    this.#grammar = grammar;
    this.#json = json;
    this.#notation = stringNotation(json);
  }

  /** The rule of a language's strings, quotes and all; null where it has none. */
  add(language: StringLanguage, hint: string): Rule | null {
    return language.kind === "lengths"
      ? this.#ofLengths(language.min, language.max)
      : this.#ofAutomaton(language.automaton, hint);
  }

  #ofLengths(min: number, max: number): Rule | null {
    if (min === 0 && max === Number.POSITIVE_INFINITY) return this.#json.string;
    if (min > max) return null;
    const key = `${min}-${max}`;
    const characters = this.#json.repetition.between(this.#json.character, min, max);
    const rule = this.#byLengths.get(key) ?? this.#grammar.add("string", [['"', ...characters, '"']]);
    this.#byLengths.set(key, rule);
    return rule;
  }

  #ofAutomaton(automaton: Automaton, hint: string): Rule | null {
    if (isEmpty(automaton)) return null;
    const known = this.#byAutomaton.get(automaton);
    if (known !== undefined) return known;
    const rule = this.#grammar.add(hint, [
      ['"', addAutomaton(this.#grammar, hint, automaton, this.#notation)],
    ]);
    this.#byAutomaton.set(automaton, rule);
    return rule;
  }
}
