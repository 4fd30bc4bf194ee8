import type { Findings } from "./findings.js";
import { isObject, keyword, type Place, type SchemaObject } from "./place.js";

/** Reads keywords, each with the type that JSON Schema gives it. One of a wrong type is reported and taken as absent. */
export class Keywords {
  readonly #findings: Findings;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  number(place: Place, name: string): number | undefined {
    const value = keyword(place, name);
    if (value === undefined || (typeof value === "number" && Number.isFinite(value))) return value;
    return this.#wrong(place, name, "it must be a number");
  }

  /** A length or a count. */
  count(place: Place, name: string): number | undefined {
    const value = keyword(place, name);
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
    return this.#wrong(place, name, "it must be an integer from 0 on");
  }

  string(place: Place, name: string): string | undefined {
    const value = keyword(place, name);
    if (value === undefined || typeof value === "string") return value;
    return this.#wrong(place, name, "it must be a string");
  }

  array(place: Place, name: string): readonly unknown[] | undefined {
    const value = keyword(place, name);
    if (value === undefined || Array.isArray(value)) return value;
    return this.#wrong(place, name, "it must be an array");
  }

  strings(place: Place, name: string): readonly string[] | undefined {
    const value = keyword(place, name);
    if (value === undefined || isStrings(value)) return value;
    return this.#wrong(place, name, "it must be an array of strings");
  }

  /** An object whose members are schemas or lists, by names of the client's. */
  object(place: Place, name: string): SchemaObject | undefined {
    const value = keyword(place, name);
    if (value === undefined || isObject(value)) return value;
    return this.#wrong(place, name, "it must be an object");
  }

  #wrong(place: Place, name: string, reason: string): undefined {
    this.#findings.unheld(place, name, reason);
  }
}

export function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
