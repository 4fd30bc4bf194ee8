import { type FieldStatus, statusKey } from "../openai/field-status.js";
import type { JsonSchema } from "../openai/openapi-schemas.js";
import { acceptsNull, alternatives, typeText } from "./type-text.js";

/** A field of a body, at any depth. */
export interface FieldRow {
  /** `tools[].function.name` */
  readonly name: string;
  readonly type: string;
  readonly status: FieldStatus;
  /** Where it may be at all. */
  readonly isRequired: boolean;
  /** `role` "assistant": where only some of the objects that may stand there have it; otherwise empty. */
  readonly onlyWith: string;
  readonly mayBeNull: boolean;
  readonly description: string;
}

/** A field of an object, or of several objects that may stand in one place. */
interface Field {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
  readonly onlyWith: string;
}

/** All fields of a schema with those of the objects in them, in the schema's order. */
export function fieldRows(schema: JsonSchema, prefix = ""): FieldRow[] {
  const variants = alternatives(schema);
  const own = mergedFields(variants.filter(({ properties }) => properties !== undefined));
  const items = variants.flatMap((variant) =>
    typeof variant.items === "object" && !Array.isArray(variant.items) ? [variant.items] : [],
  );
  return [
    ...own.flatMap((field) => rowsOf(field, prefix)),
    ...items.flatMap((item) => fieldRows(item, `${prefix}[]`)),
  ];
}

function rowsOf({ name, schema, isRequired, onlyWith }: Field, prefix: string): FieldRow[] {
  const path = prefix === "" ? name : `${prefix}.${name}`;
  const status = toStatus(schema[statusKey]);
  const row: FieldRow = {
    name: path,
    type: typeText(schema),
    status,
    isRequired,
    onlyWith,
    mayBeNull: acceptsNull(schema),
    description: descriptionOf(schema),
  };
  return status === "supported" ? [row, ...fieldRows(schema, path)] : [row];
}

/** The field's own, or that of the first way to write it which has one. */
function descriptionOf({ description, anyOf = [], oneOf = [] }: JsonSchema): string {
  return description ?? [...anyOf, ...oneOf].map(descriptionOf).find((text) => text !== "") ?? "";
}

function mergedFields(objects: readonly JsonSchema[]): Field[] {
  const names = [...new Set(objects.flatMap(({ properties }) => Object.keys(properties ?? {})))];
  const tag = names.find((name) => objects.length > 1 && objects.every((object) => isTag(object, name)));
  return names.map((name) => {
    const holders = objects.filter(({ properties }) => properties?.[name] !== undefined);
    const onlyWith = holders.length === objects.length || tag === undefined ? "" : tagText(holders, tag);
    const isKnownWhere = onlyWith !== "" || holders.length === objects.length;
    return {
      name,
      schema: unionOf(holders.map((holder) => propertyOf(holder, name))),
      isRequired: isKnownWhere && holders.every(({ required }) => required?.includes(name)),
      onlyWith,
    };
  });
}

function propertyOf({ properties }: JsonSchema, name: string): JsonSchema {
  const property = properties?.[name];
  return typeof property === "object" ? property : {};
}

/** Tells objects in a union apart, such as `role` or `type`. */
function isTag(object: JsonSchema, name: string): boolean {
  return typeof propertyOf(object, name).const === "string";
}

function tagText(holders: readonly JsonSchema[], tag: string): string {
  const values = holders.map((holder) => `\`${JSON.stringify(propertyOf(holder, tag).const)}\``);
  return `\`${tag}\` ${new Intl.ListFormat("en", { type: "disjunction" }).format(values)}`;
}

function unionOf(schemas: readonly JsonSchema[]): JsonSchema {
  const different = new Map(schemas.map((schema) => [JSON.stringify(schema), schema]));
  const [only, ...others] = different.values();
  return only !== undefined && others.length === 0 ? only : { anyOf: [...different.values()] };
}

function toStatus(written: unknown): FieldStatus {
  return written === "ignored" || written === "refused" ? written : "supported";
}
