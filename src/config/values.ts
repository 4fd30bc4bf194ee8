import { z } from "zod";

// The kinds of values that settings have. Each reads the text of a flag or a variable as well as YAML's own types, and
// each issue's message is what was expected, so that the loader can put the place and the value around it.

/** `words` are names for values: `{ all: -1 }`. */
export function wholeNumber(min: number, max: number, words: Readonly<Record<string, number>> = {}) {
  const named = new Map(Object.entries(words));
  const expected = [`a whole number from ${min} to ${max}`, ...named.keys()].join(" or ");
  const read = (value: unknown) => {
    if (typeof value !== "string") return value;
    return named.get(value) ?? (/^-?\d+$/.test(value) ? Number(value) : value);
  };
  return z.preprocess(read, z.int(expected).min(min, expected).max(max, expected));
}

export function choice<const Values extends readonly string[]>(values: Values) {
  // YAML reads `gpu: false` as a boolean.
  const read = (value: unknown) => (typeof value === "boolean" ? String(value) : value);
  return z.preprocess(read, z.enum(values, `one of ${values.join(", ")}`));
}

export function toggle() {
  const read = (value: unknown) => (value === "true" ? true : value === "false" ? false : value);
  return z.preprocess(read, z.boolean("true or false"));
}

export function text(expected: string) {
  return z.string(expected).trim().min(1, expected);
}

/** A comma list, a YAML list, or a repeated flag. */
export function textList(expected: string, pattern: RegExp) {
  const read = (value: unknown) =>
    listOf(value).flatMap((item) => (typeof item === "string" ? split(item) : [item]));
  return z.preprocess(read, z.array(z.string(expected).regex(pattern, expected)));
}

/** Proportions such as `3,1`: at least one of them above zero, or none at all. */
export function proportions(expected: string, maxCount: number) {
  const read = (value: unknown) =>
    listOf(value).flatMap((item) => (typeof item === "string" ? split(item).map(numberOf) : [item]));
  const someAboveZero = (list: readonly number[]) => list.length === 0 || list.some((share) => share > 0);
  return z.preprocess(
    read,
    z.array(z.number(expected).nonnegative(expected)).max(maxCount, expected).refine(someAboveZero, expected),
  );
}

function numberOf(item: string): number {
  return item === "" ? Number.NaN : Number(item);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function split(list: string): string[] {
  return list.split(",").map((item) => item.trim());
}
