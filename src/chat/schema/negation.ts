import { isComposite, without } from "./alternatives.js";
import { jsonTypes, literalsOf } from "./json-type.js";
import { isObject, keyword, type Place, type SchemaObject } from "./place.js";
import type { SchemaDocument } from "./schema-document.js";

/** A way not to satisfy a schema: these hold, those do not, and it is none of these values. */
export interface Way {
  readonly holding: readonly Place[];
  readonly failing: readonly Place[];
  readonly excluded: readonly unknown[];
}

/** Keywords that constrain a value and whose contrary is not known here. */
const opaque = [
  ...["format", "multipleOf", "oneOf", "if", "items", "prefixItems", "additionalItems", "uniqueItems"],
  ...["contains", "additionalProperties", "patternProperties", "propertyNames", "minProperties"],
  ...["maxProperties", "dependentRequired", "dependentSchemas", "dependencies", "unevaluatedItems"],
  ...["unevaluatedProperties", "$dynamicRef", "$recursiveRef"],
];

/**
 * Ways not to satisfy a schema. They need not be all: whoever takes one of them does not satisfy it.
 *
 * @returns null where there may be some, but none is known
 */
export function waysToFail(place: Place, document: SchemaDocument): readonly Way[] | null {
  if (typeof place.schema === "boolean") return place.schema ? [] : [anyWay];
  const contraries = [...types(place), ...objects(place), ...bounds(place), ...pattern(place)];
  const ways = [
    ...contraries.map((schema) => ({ ...anyWay, holding: [document.standIn(place, schema)] })),
    ...literals(place),
    ...combinations(place, document),
  ];
  const isOpaque = opaque.some((name) => keyword(place, name) !== undefined) || hasCompositeLiterals(place);
  return ways.length === 0 && isOpaque ? null : ways;
}

const anyWay: Way = { holding: [], failing: [], excluded: [] };

function types(place: Place): readonly SchemaObject[] {
  const type = keyword(place, "type");
  if (type === undefined) return [];
  const names = new Set([type].flat().map((name) => (name === "integer" ? "number" : name)));
  const others = jsonTypes.filter((name) => !names.has(name));
  return others.length === 0 ? [] : [{ type: others }];
}

function literals(place: Place): readonly Way[] {
  const values = literalsOf(place);
  return values === null || hasCompositeLiterals(place) ? [] : [{ ...anyWay, excluded: values }];
}

function hasCompositeLiterals(place: Place): boolean {
  return (literalsOf(place) ?? []).some(isComposite);
}

/** A required property is absent, or one that is there is not as it should be. */
function objects(place: Place): readonly SchemaObject[] {
  const required = keyword(place, "required");
  const properties = keyword(place, "properties");
  const absent = (Array.isArray(required) ? required : []).map((name) => ({
    type: "object",
    ...without(String(name)),
  }));
  const wrong = Object.entries(isObject(properties) ? properties : {}).map(([name, schema]) => ({
    type: "object",
    required: [name],
    properties: { [name]: { not: schema } },
    additionalProperties: true,
  }));
  return [...absent, ...wrong];
}

/** The contrary of each bound; null where every value keeps to it. */
const contraries: Readonly<Record<string, (value: number) => SchemaObject | null>> = {
  minimum: (value) => ({ type: "number", exclusiveMaximum: value }),
  maximum: (value) => ({ type: "number", exclusiveMinimum: value }),
  exclusiveMinimum: (value) => ({ type: "number", maximum: value }),
  exclusiveMaximum: (value) => ({ type: "number", minimum: value }),
  minLength: (value) => (value === 0 ? null : { type: "string", maxLength: value - 1 }),
  maxLength: (value) => ({ type: "string", minLength: value + 1 }),
  minItems: (value) => (value === 0 ? null : { type: "array", maxItems: value - 1 }),
  maxItems: (value) => ({ type: "array", minItems: value + 1 }),
};

function bounds(place: Place): readonly SchemaObject[] {
  return Object.entries(contraries).flatMap(([name, contrary]) => {
    const value = keyword(place, name);
    const schema = typeof value === "number" ? contrary(value) : null;
    return schema === null ? [] : [schema];
  });
}

function pattern(place: Place): readonly SchemaObject[] {
  const source = keyword(place, "pattern");
  return typeof source === "string" ? [{ type: "string", pattern: `^(?![^]*(?:${source}))` }] : [];
}

function combinations(place: Place, document: SchemaDocument): readonly Way[] {
  const children = (name: string): readonly Place[] => {
    const list = keyword(place, name);
    return Array.isArray(list) ? list.map((_, index) => document.child(place, name, index)) : [];
  };
  const any = children("anyOf");
  const target = keyword(place, "$ref") === undefined ? null : document.target(place);
  const parts = [...children("allOf"), ...(target === null ? [] : [target])];
  return [
    ...parts.map((part) => ({ ...anyWay, failing: [part] })),
    ...(any.length === 0 ? [] : [{ ...anyWay, failing: any }]),
    ...(keyword(place, "not") === undefined ? [] : [{ ...anyWay, holding: [document.child(place, "not")] }]),
  ];
}
