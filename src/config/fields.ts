import type { z } from "zod";
import { configSchema } from "./schema.js";
import { environmentNameOf, flagOf, type Setting, settings, yamlKeyOf } from "./setting.js";

/** A setting by all its names. */
export interface Field {
  /** As in the code: `ctxSize`. */
  readonly name: keyof typeof configSchema.shape;
  /** As in the YAML file: `ctx-size`. */
  readonly key: string;
  /** `--ctx-size`. */
  readonly flag: string;
  /** `WEIR_CTX_SIZE`. */
  readonly variable: string;
  readonly schema: z.ZodType;
  readonly setting: Setting;
  readonly defaultValue: unknown;
}

/** All settings, in the order of the schema: what the flags, the variables, the keys and the documentation are made from. */
export const fields: readonly Field[] = Object.entries(configSchema.shape).map(([name, schema]) => {
  const setting = settings.get(schema);
  if (setting === undefined) throw new Error(`the setting ${name} is not documented: see config/setting.ts`);
  return {
    // Object.entries forgets the names.
    name: name as Field["name"],
    key: yamlKeyOf(name),
    flag: flagOf(name),
    variable: environmentNameOf(name),
    schema,
    setting,
    defaultValue: schema.def.defaultValue,
  };
});

export function fieldOf(name: string): Field {
  const field = fields.find((one) => one.name === name);
  if (field === undefined) throw new Error(`there is no setting ${name}`);
  return field;
}
