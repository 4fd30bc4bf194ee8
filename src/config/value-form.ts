import { z } from "zod";

/** A JSON Schema, as much of it as settings need. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** How a kind of value looks where people write it: what the documentation and the schema for editors need to know. */
export interface ValueForm {
  /** After "expected", and in the documentation: `a whole number from 1 to 256`. */
  readonly accepts: string;
  /** The same where units are explained beside it: `a size from 1kB to 1GB`. */
  readonly brief?: string;
  /** What a YAML file may have there. */
  readonly json: JsonSchema;
  /** A value as a YAML file would have it: 10000000 → `10MB`. Where it is absent, the value itself. */
  readonly write?: (value: unknown) => unknown;
}

const forms = z.registry<ValueForm>();

/** Says how the values of a schema are written. */
export function written<Schema extends z.ZodType>(schema: Schema, form: ValueForm): Schema {
  forms.add(schema, form);
  return schema;
}

/**
 * The form of a setting's values, below its default and whether it may be null.
 *
 * @throws Error where its kind of value has none, which is a defect of the schema
 */
export function formOf(schema: z.ZodType): ValueForm {
  const form = forms.get(schema);
  if (form !== undefined) return form;
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    // zod types what it wraps as the core's interface, which all its schemas implement.
    return formOf(schema.unwrap() as z.ZodType);
  }
  throw new Error("a setting's kind of value must say how it is written: see config/value-form.ts");
}

/** A setting's value as a YAML file would have it. */
export function writtenValue(schema: z.ZodType, value: unknown): unknown {
  const { write } = formOf(schema);
  return value === null || write === undefined ? value : write(value);
}
