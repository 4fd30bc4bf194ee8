import { WeirError } from "../../errors.js";
import { type Place, shortPointer } from "./place.js";

/** The schema may be right, but its grammar would be too large, or take too long to make. */
export class TooComplexError extends WeirError {
  /** What stands behind "it" or the field that holds the schema. */
  readonly reason: string;

  constructor(at: string, reason: string) {
    super("invalid_schema", `${at} ${reason}. Make it simpler.`, { param: at });
    this.reason = reason;
  }
}

/**
 * What a grammar can't hold of a schema. Of a strict one it ends the conversion with an error; otherwise the keyword is left
 * out, so that an answer may violate it, and a warning says so. Nothing is left out without a word.
 */
export class Findings {
  readonly #at: string;
  readonly #isStrict: boolean;
  /** By the place and keyword that they are about. */
  readonly #warnings = new Map<string, string>();
  /** Places that no value satisfies: the reasons, should it turn out that the whole schema has none. */
  readonly #unsatisfiable = new Set<string>();

  /** @param at the request's field that holds the schema, e.g. `tools[0].function.parameters` */
  constructor(at: string, isStrict: boolean) {
    this.#at = at;
    this.#isStrict = isStrict;
  }

  get warnings(): readonly string[] {
    return [...this.#warnings.values()];
  }

  /**
   * A keyword that is not held.
   *
   * @param reason what stands behind "can't be enforced: "
   * @throws WeirError `invalid_schema` where the schema is strict
   */
  unheld(place: Place, keyword: string, reason: string): void {
    const pointer = `${place.pointer}${keyword === "" ? "" : `/${keyword}`}`;
    const where = this.#at + shortPointer(pointer);
    if (!this.#isStrict) {
      if (!this.#warnings.has(pointer)) this.#warnings.set(pointer, `${where} is not enforced: ${reason}.`);
      return;
    }
    this.#fail(
      `${where} can't be enforced: ${reason}. Leave it out, or ask for the schema without "strict": true.`,
    );
  }

  /** Something without which there is no grammar at all, strict or not: what is wrong, and what to do about it. */
  refuse(pointer: string, wrong: string, remedy: string): never {
    this.#fail(`${this.#at}${shortPointer(pointer)} ${wrong}. ${remedy}.`);
  }

  /** @throws TooComplexError */
  refuseTooComplex(wrong = "is too complex, by itself or together with the request's other schemas"): never {
    throw new TooComplexError(this.#at, wrong);
  }

  /** No value satisfies the place; an error only where the whole schema has no value. */
  unsatisfiable(place: Place, reason: string): void {
    if (this.#unsatisfiable.size < 3) {
      this.#unsatisfiable.add(`${this.#at}${shortPointer(place.pointer)}: ${reason}`);
    }
  }

  /** @throws WeirError `invalid_schema`: no value satisfies the schema */
  refuseUnsatisfiable(): never {
    const reasons = [...this.#unsatisfiable].join("; ");
    const where = reasons === "" ? "" : `: ${reasons}`;
    this.#fail(`No finite value satisfies the schema ${this.#at}${where}. Make it satisfiable.`);
  }

  #fail(message: string): never {
    throw new WeirError("invalid_schema", message, { param: this.#at });
  }
}
