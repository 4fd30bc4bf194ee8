import type { RuleSet } from "../chat/grammar/answer-grammar.js";
import { TooComplexError } from "../chat/schema/findings.js";
import type { CallableFunction } from "./prompt.js";
import type { RequestSchemas } from "./request-schemas.js";

/** One rule for all functions whose schemas are not held. */
const anyObject = { at: "tools", isStrict: false, objectOnly: true, prefix: "weir-any-" };

/**
 * The rules of what the functions may be called with. Those of a schema that is too much, by itself or together with the others,
 * become those of any object, and a warning says so; never those of a strict one.
 */
export class CallArguments {
  readonly #functions: readonly CallableFunction[];
  readonly #anyObject: RuleSet;
  readonly #rules: RuleSet[];
  readonly #warnings: string[] = [];

  /** @throws WeirError `invalid_schema` */
  constructor(functions: readonly CallableFunction[], schemas: RequestSchemas) {
    this.#functions = functions;
    this.#anyObject = schemas.rulesOf({ type: "object" }, anyObject);
    this.#rules = functions.map((each, index) => this.#rulesOf(each, index, schemas));
  }

  /** One for each function. */
  get rules(): readonly RuleSet[] {
    return this.#rules;
  }

  get warnings(): readonly string[] {
    return this.#warnings;
  }

  /** Gives up the largest schemas that may be, until the grammar has so many bytes less. False where none was left. */
  relax(excessBytes: number): boolean {
    const bySize = this.#rules
      .map(({ rules }, index) => ({ index, bytes: Buffer.byteLength(rules) }))
      .filter(({ index }) => this.#mayRelax(index))
      .sort((a, b) => b.bytes - a.bytes);
    let saved = 0;
    for (const { index, bytes } of bySize) {
      if (saved >= excessBytes) break;
      saved += bytes;
      this.#relax(index, "the grammar that is made of all tools together would be too large");
    }
    return saved > 0;
  }

  #rulesOf(called: CallableFunction, index: number, schemas: RequestSchemas): RuleSet {
    const { parameters, at, isStrict } = called;
    try {
      return schemas.rulesOf(parameters, { at, isStrict, objectOnly: true, prefix: `tool${index}-` });
    } catch (thrown) {
      if (isStrict || !(thrown instanceof TooComplexError)) throw thrown;
      this.#warn(called, `it ${thrown.reason}`);
      return this.#anyObject;
    }
  }

  #mayRelax(index: number): boolean {
    return this.#functions[index]?.isStrict === false && this.#rules[index] !== this.#anyObject;
  }

  #relax(index: number, reason: string): void {
    const called = this.#functions[index];
    if (called === undefined) return;
    this.#rules[index] = this.#anyObject;
    this.#warn(called, reason);
  }

  #warn({ at }: CallableFunction, reason: string): void {
    this.#warnings.push(`${at} is not enforced: ${reason}. The arguments of a call may be any object.`);
  }
}
