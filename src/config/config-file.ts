import path from "node:path";
import { WeirError } from "../errors.js";
import { type Field, fields } from "./fields.js";
import { nearestName } from "./nearest.js";
import type { Setting } from "./setting.js";
import { YamlSource } from "./yaml-source.js";

/** A value of the file, not checked yet. */
export interface FileValue {
  readonly field: Field;
  readonly value: unknown;
  /** Where its key is: `weir.yaml:3`. */
  readonly origin: string;
  /** Where the value is that `inner` leads to from this one: `weir.yaml:3:7`. */
  readonly placeOf: (inner: readonly PropertyKey[]) => string;
}

/**
 * Reads a YAML file of settings. Its keys are the flags without their dashes (`ctx-size: 4096`); a path that is relative is
 * so to the file; a key without a value is unset.
 *
 * @throws WeirError `invalid_argument`, with file, line and column: an unknown key, or no YAML
 */
export function readConfigFile(file: string): readonly FileValue[] {
  const source = new YamlSource(file);
  return source.entries().flatMap(({ key, value, place, line }) => {
    const field = fields.find((known) => known.key === key);
    if (field === undefined)
      throw new WeirError(
        "invalid_argument",
        `${place}: ${unknownKey(
          key,
          fields.map((known) => known.key),
        )}`,
      );
    if (value === null) return [];
    return {
      field,
      value: resolvePaths(value, field.setting.path, path.dirname(file)),
      origin: `${file}:${line}`,
      placeOf: (inner) => source.placeOf([key, ...inner]),
    };
  });
}

/** A path, or the models' paths in a table of them, as far as the setting says that they are paths. */
function resolvePaths(value: unknown, isPath: Setting["path"], folder: string): unknown {
  if (isPath === undefined) return value;
  if (typeof value === "string")
    return isPath === true || isPath(value) ? path.resolve(folder, value) : value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const resolved = Object.entries(value).map(([id, entry]: [string, unknown]) => {
    const isModel = typeof entry === "object" && entry !== null && "model" in entry;
    return [id, isModel ? { ...entry, model: resolvePaths(entry.model, isPath, folder) } : entry];
  });
  return Object.fromEntries(resolved);
}

/** What is wrong with a key that there is not. */
export function unknownKey(key: string, keys: readonly string[]): string {
  // Who writes `ctxSize` or `ctx_size` knows the name, and the nearest one says how it is written.
  const nearest = nearestName(key, keys);
  const right = nearest === null ? `the keys are ${keys.join(", ")}` : `did you mean "${nearest}"?`;
  return `unknown key "${key}"; ${right}`;
}
