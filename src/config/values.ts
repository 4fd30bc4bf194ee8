import { z } from "zod";
import { byteUnitNames, readDuration, readSize, timeUnitNames, writeDuration, writeSize } from "./units.js";
import { written } from "./value-form.js";

// The kinds of values that settings have. Each reads the text of a flag or a variable as well as YAML's own types, and
// each issue's message is what was expected, so that the loader can put the place and the value around it.

/** `names` are words for values, which may lie outside of the range: `{ all: -1 }`. */
export function wholeNumber(min: number, max: number, names: Readonly<Record<string, number>> = {}) {
  const named = new Map(Object.entries(names));
  const accepts = [`a whole number from ${min} to ${max}`, ...named.keys()].join(" or ");
  const read = (value: unknown) => {
    if (typeof value !== "string") return value;
    return named.get(value) ?? (/^-?\d+$/.test(value) ? Number(value) : value);
  };
  const number = { type: "integer", minimum: min, maximum: max };
  const words = new Set(named.values());
  const isTaken = (value: number): boolean => (value >= min && value <= max) || words.has(value);
  return written(z.preprocess(read, z.int(accepts).refine(isTaken, accepts)), {
    accepts,
    json: named.size === 0 ? number : { anyOf: [number, { enum: [...named.keys()] }] },
  });
}

/**
 * Bytes, written with a unit: `size("1kB", "1GB")`. A number alone is refused, except 0 where `min` is 0, and except where
 * `bareUnit` says what it has always meant.
 */
export function size(min: string, max: string, { bareUnit }: { readonly bareUnit?: string } = {}) {
  return quantity({ what: "a size", examples: "10MB or 64MiB", min, max, bareUnit, ...sizes });
}

/** Milliseconds, written with a unit: `duration("1s", "1h")`. A number alone as with `size`. */
export function duration(min: string, max: string, { bareUnit }: { readonly bareUnit?: string } = {}) {
  return quantity({ what: "a duration", examples: "500ms, 240s or 5m", min, max, bareUnit, ...durations });
}

export function choice<const Values extends readonly string[]>(values: Values) {
  // YAML reads `gpu: false` as a boolean.
  const read = (value: unknown) => (typeof value === "boolean" ? String(value) : value);
  const accepts = `one of ${values.join(", ")}`;
  const booleans = values.flatMap((value) => (value === "true" ? true : value === "false" ? false : []));
  return written(z.preprocess(read, z.enum(values, accepts)), {
    accepts,
    json: { enum: [...values, ...booleans] },
  });
}

export function toggle() {
  const read = (value: unknown) => (value === "true" ? true : value === "false" ? false : value);
  const accepts = "true or false";
  return written(z.preprocess(read, z.boolean(accepts)), { accepts, json: { type: "boolean" } });
}

export function text(accepts: string) {
  return written(z.string(accepts).trim().min(1, accepts), {
    accepts,
    json: { type: "string", minLength: 1 },
  });
}

/** A comma list, a YAML list, or a repeated flag; of items that `isItem` takes. */
export function textList(accepts: string, isItem: RegExp | ((item: string) => boolean)) {
  const read = (value: unknown) =>
    listOf(value).flatMap((item) => (typeof item === "string" ? split(item) : [item]));
  const check = (item: string) => (isItem instanceof RegExp ? isItem.test(item) : isItem(item));
  return written(z.preprocess(read, z.array(z.string(accepts).refine(check, accepts))), {
    accepts,
    json: { type: ["string", "array"], items: { type: "string" } },
  });
}

/** Proportions such as `3,1`: at least one of them above zero, or none at all (`auto`). */
export function proportions(accepts: string, maxCount: number) {
  const read = (value: unknown) =>
    value === "auto"
      ? []
      : listOf(value).flatMap((item) => (typeof item === "string" ? split(item).map(numberOf) : [item]));
  const someAboveZero = (list: readonly number[]) => list.length === 0 || list.some((share) => share > 0);
  const share = z.number(accepts).nonnegative(accepts);
  return written(z.preprocess(read, z.array(share).max(maxCount, accepts).refine(someAboveZero, accepts)), {
    accepts,
    json: { type: ["string", "array"], items: { type: "number", minimum: 0 } },
  });
}

interface QuantityKind {
  readonly what: string;
  readonly examples: string;
  readonly unitNames: readonly string[];
  readonly min: string;
  readonly max: string;
  readonly bareUnit: string | undefined;
  readonly read: (text: string) => number | null;
  readonly write: (value: number) => string;
}

const sizes = { unitNames: byteUnitNames, read: readSize, write: writeSize };
const durations = { unitNames: timeUnitNames, read: readDuration, write: writeDuration };

function quantity({ what, examples, unitNames, min, max, bareUnit, read, write }: QuantityKind) {
  const bound = (text: string): number => (text === "0" ? 0 : (read(text) ?? Number.NaN));
  const alone = bareUnit === undefined ? "" : `; a number alone is ${bareUnit}`;
  const accepts = `${what} with its unit (${unitNames.join(", ")}) such as ${examples}, from ${min} to ${max}${alone}`;
  const toValue = (given: unknown) => {
    const text = typeof given === "number" ? String(given) : given;
    if (typeof text !== "string") return given;
    if (text.trim() === "0") return 0;
    return read(/^\d+$/.test(text.trim()) ? `${text.trim()}${bareUnit ?? ""}` : text) ?? text;
  };
  const units = unitNames.map((name) =>
    name.replaceAll(/[a-z]/gi, (x) => `[${x.toUpperCase()}${x.toLowerCase()}]`),
  );
  const withUnit = { type: "string", pattern: `^(\\d+(\\.\\d+)? *(${units.join("|")}) *)+$` };
  const number = bareUnit === undefined ? { const: 0 } : { type: "integer", minimum: 0 };
  return written(z.preprocess(toValue, z.int(accepts).min(bound(min), accepts).max(bound(max), accepts)), {
    accepts,
    brief: `${what} from ${min} to ${max}${alone}`,
    json: bareUnit === undefined && min !== "0" ? withUnit : { anyOf: [withUnit, number] },
    write: (value) => (typeof value === "number" && value !== 0 ? write(value) : value),
  });
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
