import type { z } from "zod";
import { WeirError } from "../errors.js";
import { unknownKey } from "./config-file.js";
import { fieldOf, fields } from "./fields.js";
import { type ConfigSources, type GivenValue, givenValues, type Origin } from "./given-values.js";
import { type Config, configSchema } from "./schema.js";
import { entryKeys } from "./settings/model-table.js";

export type { ConfigSources, Origin };

/** The settings that hold, and where each comes from, by field name. */
export interface ResolvedConfig {
  readonly config: Config;
  readonly origins: ReadonlyMap<string, Origin>;
}

/**
 * Flags over environment over YAML file over defaults, setting by setting.
 *
 * @throws WeirError `invalid_argument`, one line: where, what was expected, what was given
 */
export function loadConfig(sources: ConfigSources): Config {
  return resolveConfig(sources).config;
}

/** The same, with the origins. */
export function resolveConfig(sources: ConfigSources): ResolvedConfig {
  const given = givenValues(sources);
  const values = Object.fromEntries([...given].map(([name, { value }]) => [name, value]));
  const result = configSchema.safeParse(values);
  if (!result.success) {
    const [issue, ...others] = result.error.issues;
    // safeParse fails with one issue at least.
    if (issue === undefined) throw result.error;
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    throw new WeirError("invalid_argument", refusal(issue, given) + more);
  }
  const origins = fields.map(({ name }): [string, Origin] => [
    name,
    given.get(name)?.origin ?? { kind: "default", place: "default" },
  ]);
  return { config: result.data, origins: new Map(origins) };
}

function refusal(issue: z.core.$ZodIssue, given: ReadonlyMap<string, GivenValue>): string {
  const [name, ...inner] = issue.path;
  const field = fieldOf(String(name));
  const one = given.get(field.name);
  const place = (path: readonly PropertyKey[]): string => one?.placeOf(path) ?? field.flag;
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    return `${place([...inner, key])}: ${unknownKey(key, entryKeys)}`;
  }
  if (issue.code === "invalid_type" && inner.length > 0 && !isThere(one?.value, inner))
    return `${place(inner)} is required: ${issue.message}`;
  const value =
    field.setting.secret || one === undefined ? "" : `, got ${JSON.stringify(within(one.value, inner))}`;
  return `${place(inner)}: expected ${issue.message}${value}`;
}

function isThere(value: unknown, path: readonly PropertyKey[]): boolean {
  return path.reduce<unknown>((inner, key) => Object(inner)[key], value) !== undefined;
}

/** The value that the path leads to from this one, or the innermost one around it. A list is shown as a whole. */
function within(value: unknown, [key, ...inner]: readonly PropertyKey[]): unknown {
  const isTable = typeof value === "object" && value !== null && !Array.isArray(value);
  if (key === undefined || !isTable || !Object.hasOwn(value, key)) return value;
  return within(Reflect.get(value, key), inner);
}
