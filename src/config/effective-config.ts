import { stringify } from "yaml";
import { fields } from "./fields.js";
import type { ResolvedConfig } from "./load.js";
import { writtenValue } from "./value-form.js";

/** In place of a secret; no key can look like it, so that nobody serves with it by mistake. */
const mask = "…";

/** The settings that hold, as YAML, each with where it comes from as a comment. */
export function effectiveConfig({ config, origins }: ResolvedConfig): string {
  const lines = fields.map(({ name, key, schema, setting }) => {
    const value = config[name];
    const shown =
      setting.secret && Array.isArray(value) ? value.map(() => mask) : writtenValue(schema, value);
    return { text: yamlLine(key, shown), origin: origins.get(name)?.place ?? "default" };
  });
  const width = Math.min(48, Math.max(...lines.map(({ text }) => text.length)));
  return lines.map(({ text, origin }) => `${text.padEnd(width)}  # ${origin}\n`).join("");
}

/** `key: value` on one line; `key:` where it is unset. */
export function yamlLine(key: string, value: unknown): string {
  if (value === null) return `${key}:`;
  // Lists on one line, and texts quoted only where they have to be.
  return `${key}: ${stringify(value, { collectionStyle: "flow", flowCollectionPadding: false, lineWidth: 0 }).trim()}`;
}
