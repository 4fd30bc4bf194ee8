import type { Findings } from "./findings.js";
import { isObject, keyword, type Place } from "./place.js";

export const jsonTypes = ["null", "boolean", "number", "string", "array", "object"] as const;
export type JsonType = (typeof jsonTypes)[number];

/** Keywords that say something about one type only. */
const keywordsOfType: Readonly<Record<Exclude<JsonType, "null" | "boolean">, readonly string[]>> = {
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  string: ["minLength", "maxLength", "pattern", "format"],
  array: ["items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains"],
  object: [
    ...["properties", "required", "additionalProperties", "patternProperties", "propertyNames"],
    ...["minProperties", "maxProperties"],
  ],
};

/** `int32` and the like; every other format is one of strings. */
export const numberFormats = ["int32", "int64", "float", "double"];

export function typeOf(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (isObject(value)) return "object";
  return typeof value === "boolean" ? "boolean" : typeof value === "number" ? "number" : "string";
}

/**
 * The types that values of all these schemas have in a grammar. Where none of them names types, their other keywords do: who
 * writes `properties` means an object, though JSON Schema lets every other value pass.
 */
export function typesOf(members: readonly Place[], findings: Findings): readonly JsonType[] {
  const namesTypes = members.some(
    (member) => keyword(member, "type") !== undefined || literalsOf(member) !== null,
  );
  if (namesTypes) return declaredTypesOf(members, findings);
  const hinted = new Set(members.flatMap(hintedTypes));
  return hinted.size === 0 ? jsonTypes : jsonTypes.filter((type) => hinted.has(type));
}

/** The types that JSON Schema lets pass. */
export function declaredTypesOf(members: readonly Place[], findings: Findings): readonly JsonType[] {
  const declared = members.flatMap((member) => [declaredTypes(member, findings), literalTypes(member)]);
  return jsonTypes.filter((type) => declared.every((types) => types === null || types.has(type)));
}

/** Whether one of them asks for whole numbers. */
export function isInteger(members: readonly Place[]): boolean {
  return members.some((member) => {
    const names = typeNames(keyword(member, "type"));
    return names?.includes("integer") === true && !names.includes("number");
  });
}

function declaredTypes(place: Place, findings: Findings): ReadonlySet<JsonType> | null {
  const type = keyword(place, "type");
  if (type === undefined) return null;
  const names = typeNames(type);
  if (names !== null) return new Set(names.map((name) => (name === "integer" ? "number" : name)));
  findings.unheld(place, "type", `it must be one or a list of ${[...jsonTypes, "integer"].join(", ")}`);
  return null;
}

function typeNames(type: unknown): readonly (JsonType | "integer")[] | null {
  const names: readonly unknown[] = Array.isArray(type) ? type : [type];
  return names.length > 0 && names.every(isTypeName) ? names : null;
}

function isTypeName(name: unknown): name is JsonType | "integer" {
  return name === "integer" || jsonTypes.some((type) => type === name);
}

function literalTypes(place: Place): ReadonlySet<JsonType> | null {
  const values = literalsOf(place);
  return values === null ? null : new Set(values.map(typeOf));
}

/** The values that `const` and `enum` leave; null where there is neither. */
export function literalsOf(place: Place): readonly unknown[] | null {
  const values = keyword(place, "enum");
  const constant = keyword(place, "const");
  if (constant === undefined) return Array.isArray(values) ? values : null;
  if (!Array.isArray(values)) return [constant];
  return values.some((value) => JSON.stringify(value) === JSON.stringify(constant)) ? [constant] : [];
}

function hintedTypes(place: Place): readonly JsonType[] {
  const hinted = jsonTypes.filter((type) => {
    if (type === "null" || type === "boolean") return false;
    return keywordsOfType[type].some((name) => keyword(place, name) !== undefined);
  });
  const format = keyword(place, "format");
  if (typeof format !== "string" || !numberFormats.includes(format)) return hinted;
  return [...new Set<JsonType>([...hinted.filter((type) => type !== "string"), "number"])];
}
