import type { JsonSchema } from "../openai/openapi-schemas.js";

const plurals: Readonly<Record<string, string>> = {
  string: "strings",
  integer: "integers",
  number: "numbers",
  boolean: "booleans",
  object: "objects",
  array: "arrays",
};
/** What llama.cpp's integers hold: no limit that anybody meets. */
const largestInt32 = 2 ** 31 - 1;

/** What a JSON schema takes, in short words: `integer from 1 to 20`, `array of up to 16 strings`. */
export function typeText(schema: JsonSchema, isPlural = false): string {
  // Objects with different fields are one word.
  const texts = new Set(alternatives(schema).flatMap((alternative) => oneType(alternative, isPlural)));
  return texts.size === 0 ? "null" : new Intl.ListFormat("en", { type: "disjunction" }).format(texts);
}

/** The ways to satisfy a schema, without null; unions within unions are flattened, and none is there twice. */
export function alternatives(schema: JsonSchema): JsonSchema[] {
  const different = new Map(flattened(schema).map((variant) => [JSON.stringify(variant), variant]));
  return [...different.values()].filter(({ type }) => type !== "null");
}

export function acceptsNull(schema: JsonSchema): boolean {
  return flattened(schema).some((variant) => variant.type === "null" || isAnything(variant));
}

function flattened(schema: JsonSchema): JsonSchema[] {
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return union.flatMap(flattened);
  // The outer description is that of the field, not of this way to write it.
  const { description: _, type, ...rest } = schema;
  if (Array.isArray(type)) return type.map((one) => ({ ...rest, type: one }));
  return [type === undefined ? rest : { ...rest, type }];
}

function oneType(schema: JsonSchema, isPlural: boolean): string[] {
  const values = schema.const === undefined ? schema.enum : [schema.const];
  if (values !== undefined) return values.map((value) => `\`${JSON.stringify(value)}\``);
  switch (schema.type) {
    case "array":
      return [arrayText(schema, isPlural)];
    case "object":
      return [objectText(schema, isPlural)];
    case "integer":
    case "number":
      return [named(schema.type, isPlural) + rangeText(schema.minimum, schema.maximum)];
    case "string":
      return [(schema.minLength === 1 ? "non-empty " : "") + named("string", isPlural)];
    case "boolean":
      return [named("boolean", isPlural)];
    default:
      return ["anything"];
  }
}

function isAnything({ type, const: value, enum: values }: JsonSchema): boolean {
  return type === undefined && value === undefined && values === undefined;
}

function named(type: string, isPlural: boolean): string {
  return isPlural ? (plurals[type] ?? type) : type;
}

function arrayText({ items, minItems = 0, maxItems }: JsonSchema, isPlural: boolean): string {
  const inner = typeof items === "object" && !Array.isArray(items) ? typeText(items, true) : "anything";
  const array = named("array", isPlural);
  if (maxItems !== undefined) {
    const count = minItems === 0 ? "up to" : `${minItems} to`;
    return `${array} of ${count} ${maxItems.toLocaleString("en")} ${inner}`;
  }
  if (minItems > 1) return `${array} of at least ${minItems} ${inner}`;
  return `${minItems === 1 ? "non-empty " : ""}${array} of ${inner}`;
}

function objectText({ properties, additionalProperties }: JsonSchema, isPlural: boolean): string {
  const name = named("object", isPlural);
  if (properties !== undefined || typeof additionalProperties !== "object") return name;
  return isAnything(additionalProperties) ? name : `${name} of ${typeText(additionalProperties, true)}`;
}

/** zod gives every integer JavaScript's limits, which are nobody's concern either. */
function rangeText(minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY): string {
  const low = minimum > Number.MIN_SAFE_INTEGER ? minimum.toLocaleString("en") : null;
  const high = maximum < largestInt32 ? maximum.toLocaleString("en") : null;
  if (low !== null && high !== null) return ` from ${low} to ${high}`;
  if (low !== null) return ` of at least ${low}`;
  return high === null ? "" : ` of at most ${high}`;
}
