import fs from "node:fs";
import path from "node:path";
import { parse, YAMLParseError } from "yaml";
import { messageOf, WeirError } from "../errors.js";
import { nearestName } from "./nearest.js";
import { yamlKeyOf } from "./setting.js";

/**
 * Reads a YAML file of settings. Its keys are the flags without their dashes (`ctx-size: 4096`); a relative `model` is
 * relative to the file; a key without a value is unset.
 *
 * @returns values by field name (`ctxSize`), not checked yet
 */
export function readConfigFile(file: string, fields: readonly string[]): ReadonlyMap<string, unknown> {
  const fieldByKey = new Map(fields.map((field) => [yamlKeyOf(field), field]));
  const values = new Map<string, unknown>();
  for (const [key, value] of Object.entries(parseMapping(file))) {
    const field = fieldByKey.get(key);
    if (field === undefined)
      throw new WeirError("invalid_argument", unknownKey(file, key, [...fieldByKey.keys()]));
    if (value === null) continue;
    values.set(
      field,
      field === "model" && typeof value === "string" ? path.resolve(path.dirname(file), value) : value,
    );
  }
  return values;
}

function parseMapping(file: string): object {
  const parsed = parseYaml(file) ?? {};
  if (typeof parsed !== "object" || Array.isArray(parsed)) {
    throw new WeirError("invalid_argument", `${file}: expected a mapping such as "port: 8080"`);
  }
  return parsed;
}

function parseYaml(file: string): unknown {
  try {
    return parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    // The parser's message goes on with an excerpt of several lines.
    const [firstLine] = messageOf(error).split("\n");
    const what = error instanceof YAMLParseError ? "not valid YAML" : "can't be read";
    throw new WeirError("invalid_argument", `${file}: ${what}: ${firstLine}`, { cause: error });
  }
}

function unknownKey(file: string, key: string, keys: readonly string[]): string {
  const nearest = nearestName(key, keys);
  const right = nearest === null ? `the keys are ${keys.join(", ")}` : `did you mean "${nearest}"?`;
  return `${file}: unknown key "${key}"; ${right}`;
}
