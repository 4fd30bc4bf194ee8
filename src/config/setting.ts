import { z } from "zod";

export const settingGroups = [
  "Model",
  "Slots and batches",
  "Devices",
  "Server",
  "Connections",
  "Admission",
  "Shutdown",
  "Answers",
  "Logs",
] as const;
export type SettingGroup = (typeof settingGroups)[number];

/** What the help, the environment and the YAML file need to know about one field of the schema. */
export interface Setting {
  readonly group: SettingGroup;
  readonly description: string;
  /** What the default does, where its value alone does not say it. */
  readonly defaultText?: string;
  /** Stands for the value in the help: `--port <number>`. */
  readonly placeholder: string;
  /** llama-server's short form, with its dash. */
  readonly shortFlag?: string;
  /** The flag may be given several times. */
  readonly repeatable?: true;
  /** Never shown in a message. */
  readonly secret?: true;
  /** SIGHUP applies a change; anything else waits for a restart. Who applies it is in cli/live-settings.ts. */
  readonly live?: true;
  /** The path of a file, for the texts that are one; one that is relative is so to the YAML file that names it. */
  readonly path?: true | ((text: string) => boolean);
  /** The flag alone is `true`. */
  readonly bare?: true;
  /** What the example has where the default is nothing: `[sk-one, sk-two]`, as YAML. */
  readonly example?: string;
}

/** The schema's fields by their setting; also what `z.toJSONSchema(…, { metadata: settings })` reads. */
export const settings = z.registry<Setting>();

/** Documents a field of the schema. */
export function setting<Schema extends z.ZodType>(schema: Schema, description: Setting): Schema {
  settings.add(schema, description);
  return schema;
}

/** `ctxSize` → `ctx-size`: the key in the YAML file. */
export function yamlKeyOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `ctxSize` → `--ctx-size`. */
export function flagOf(field: string): string {
  return `--${yamlKeyOf(field)}`;
}

/** `ctxSize` → `WEIR_CTX_SIZE`. */
export function environmentNameOf(field: string): string {
  return `WEIR_${yamlKeyOf(field).replaceAll("-", "_").toUpperCase()}`;
}
