import path from "node:path";
import { WeirError } from "../errors.js";
import { type Field, fields } from "./fields.js";
import { nearestName } from "./nearest.js";
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
    if (field === undefined) throw new WeirError("invalid_argument", `${place}: ${unknownKey(key)}`);
    if (value === null) return [];
    const { path: kind } = field.setting;
    const isPath = typeof value === "string" && (kind === true || (kind?.(value) ?? false));
    return {
      field,
      value: isPath ? path.resolve(path.dirname(file), value) : value,
      origin: `${file}:${line}`,
      placeOf: (inner) => source.placeOf([key, ...inner]),
    };
  });
}

function unknownKey(key: string): string {
  const keys = fields.map((field) => field.key);
  // Who writes `ctxSize` or `ctx_size` knows the name, and the nearest one says how it is written.
  const nearest = nearestName(key, keys);
  const right = nearest === null ? `the keys are ${keys.join(", ")}` : `did you mean "${nearest}"?`;
  return `unknown key "${key}"; ${right}`;
}
