import { parse } from "yaml";
import { z } from "zod";
import { parseModelReference, referenceForms } from "../model-reference.js";
import { settings, yamlKeyOf } from "../setting.js";
import { formOf, written, writtenValue } from "../value-form.js";
import { choice, duration, text, textList, toggle } from "../values.js";
import { deviceSettings } from "./device-settings.js";
import { slotSettings } from "./slot-settings.js";

/** When a model of several is loaded: with the server, or for the first request that asks for it. */
export const loadTimes = ["start", "demand"] as const;

/** What only a model of several says of itself, by its key. */
const ownShape = {
  model: text(referenceForms).refine((value) => parseModelReference(value) !== null, referenceForms),
  alias: textList("names that clients may use too", /^\S/).default([]),
  load: choice(loadTimes).default("start"),
  pinned: toggle().default(false),
  "idle-unload": duration("0", "30d").optional(),
};

/** The variant of llama.cpp is the process's. */
const { gpu: _, ...placeSettings } = deviceSettings;
/** Settings that hold for every model, unless an entry says otherwise. */
const sharedSettings = { ...slotSettings, ...placeSettings };

type SharedSettings = { [Name in keyof typeof sharedSettings]: z.output<(typeof sharedSettings)[Name]> };

/** A model of several, as it is configured. */
export interface ModelEntry {
  /** The name that answers carry. */
  readonly id: string;
  readonly model: string;
  readonly alias: readonly string[];
  readonly load: (typeof loadTimes)[number];
  /** It is never unloaded for another one. */
  readonly pinned: boolean;
  /** Null: as the setting of the same name says. */
  readonly idleUnload: number | null;
  /** What differs from the settings that hold for all. */
  readonly own: Readonly<Partial<SharedSettings>>;
}

const nameByKey = new Map(Object.keys(sharedSettings).map((name) => [yamlKeyOf(name), name]));

const sharedShape = Object.fromEntries(
  // zod types what it wraps as the core's interface, which all its schemas implement.
  Object.entries(sharedSettings).map(([name, schema]) => [
    yamlKeyOf(name),
    (schema.unwrap() as z.ZodType).optional(),
  ]),
);

/** What an entry may have, by key. */
const entryShape: Readonly<Record<string, z.ZodType>> = { ...ownShape, ...sharedShape };
export const entryKeys: readonly string[] = Object.keys(entryShape);

/** The compiler need not know of the shared settings: their values go by key. */
const entrySettings = z.strictObject(
  { ...ownShape, ...(sharedShape as Record<never, z.ZodType>) },
  { error: "a model's settings" },
);

const accepts = "a table of models by name, such as {qwen3: {model: qwen3-32b:Q4_K_M, alias: gpt-4o}}";
const id = /^[^\s,]+$/;

/** A mapping of names to models; as text, in YAML's notation on one line. */
export function modelTable() {
  const read = (value: unknown) => (typeof value === "string" ? readYaml(value) : value);
  const table = z.record(z.string().regex(id), entrySettings, {
    error: ({ code }) => (code === "invalid_key" ? "a name without blanks and commas" : accepts),
  });
  const named = table.refine((byId) => Object.keys(byId).length > 0, accepts);
  const entries = named.transform((byId) =>
    Object.entries(byId).map(([name, entry]) => toEntry(name, entry)),
  );
  return written(z.preprocess(read, entries), {
    accepts,
    json: { type: "object", minProperties: 1, additionalProperties: entrySchema() },
    write: (value) => {
      const models = value as readonly ModelEntry[];
      return models.length === 0 ? null : Object.fromEntries(models.map(toYaml));
    },
  });
}

/** The text itself, which is refused then, where it is no YAML. */
function readYaml(value: string): unknown {
  try {
    return parse(value);
  } catch {
    return value;
  }
}

function toEntry(name: string, values: z.output<typeof entrySettings>): ModelEntry {
  const { model, alias, load, pinned, "idle-unload": idleUnload = null } = values;
  const own = Object.entries(values).flatMap(([key, value]) => {
    const field = nameByKey.get(key);
    return field === undefined || value === undefined ? [] : [[field, value] as const];
  });
  // By the schema of each.
  return {
    id: name,
    model,
    alias,
    load,
    pinned,
    idleUnload,
    own: Object.fromEntries(own) as Partial<SharedSettings>,
  };
}

/** An entry as a file would have it, without what is by default. */
function toYaml({ id: name, model, alias, load, pinned, idleUnload, own }: ModelEntry): [string, object] {
  const shared = Object.entries(own).map(([field, value]) => {
    const key = yamlKeyOf(field);
    return [key, writtenValue(schemaOf(key), value)];
  });
  return [
    name,
    {
      model,
      ...(alias.length > 0 && { alias }),
      ...(load !== "start" && { load }),
      ...(pinned && { pinned }),
      ...(idleUnload !== null && { "idle-unload": writtenValue(ownShape["idle-unload"], idleUnload) }),
      ...Object.fromEntries(shared),
    },
  ];
}

/** For editors. */
function entrySchema(): Readonly<Record<string, unknown>> {
  const properties = Object.entries(entryShape).map(([key, schema]) => [
    key,
    { ...formOf(schema).json, description: descriptionOf(key) },
  ]);
  return {
    type: "object",
    required: ["model"],
    additionalProperties: false,
    properties: Object.fromEntries(properties),
  };
}

const ownDescriptions: Readonly<Record<keyof typeof ownShape, string>> = {
  model: "GGUF file, or a reference",
  alias: "further names that clients may use",
  load: "start: with the server; demand: for the first request that asks for it",
  pinned: "never unloaded to make room for another one",
  "idle-unload": "as the setting of this name, for this model",
};

function descriptionOf(key: string): string {
  const name = nameByKey.get(key);
  if (name === undefined) return ownDescriptions[key as keyof typeof ownShape];
  const shared: Readonly<Record<string, z.ZodType>> = sharedSettings;
  const schema = shared[name];
  return (schema === undefined ? undefined : settings.get(schema)?.description) ?? "";
}

function schemaOf(key: string): z.ZodType {
  const schema = entryShape[key];
  if (schema === undefined) throw new Error(`a model has no setting ${key}`);
  return schema;
}
