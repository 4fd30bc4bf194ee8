import type { z } from "zod";
import { nearestName } from "../config/nearest.js";
import { YamlSource } from "../config/yaml-source.js";
import { WeirError } from "../errors.js";
import { type Manifest, manifestSchema } from "./manifest.js";

/** @throws WeirError `invalid_argument`, with file, line and column: no YAML, an unknown key, a wrong value */
export function readManifest(file: string): Manifest {
  const source = new YamlSource(file);
  const values = Object.fromEntries(source.entries().map(({ key, value }) => [key, value]));
  const result = manifestSchema.safeParse(values);
  if (result.success) return result.data;
  // A key that is written wrong is missed as well, and says more.
  const isUnknownKey = ({ code }: z.core.$ZodIssue): boolean => code === "unrecognized_keys";
  const issues = result.error.issues.toSorted((a, b) => Number(isUnknownKey(b)) - Number(isUnknownKey(a)));
  const [issue, ...others] = issues;
  // safeParse fails with one issue at least.
  if (issue === undefined) throw result.error;
  const more =
    others.length === 0 ? "" : ` (and ${others.length} more fault${others.length === 1 ? "" : "s"})`;
  throw new WeirError("invalid_argument", `${refusal(issue, values, source)}${more}`);
}

function refusal(issue: z.core.$ZodIssue, values: object, source: YamlSource): string {
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const nearest = nearestName(key, keysAt(issue.path));
    const right =
      nearest === null ? `the keys here are ${keysAt(issue.path).join(", ")}` : `did you mean "${nearest}"?`;
    const entry = issue.path.length > 0 ? undefined : source.entries().find((one) => one.key === key);
    return `${entry?.place ?? source.placeOf([...issue.path, key])}: unknown key "${key}"; ${right}`;
  }
  const value = issue.path.reduce<unknown>((inner, key) => Object(inner)[key], values);
  const expected =
    issue.code === "invalid_key" ? "a name of letters, digits, dots and dashes" : issue.message;
  const got = value === undefined ? "" : `, got ${shortened(JSON.stringify(value))}`;
  return `${source.placeOf(issue.path)}: ${issue.path.join(".") || "a manifest"}: expected ${expected}${got}`;
}

/** What may stand where an unknown key was found. */
function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const parents: Readonly<Record<string, readonly string[]>> = {
    "": Object.keys(manifestSchema.shape),
    "kv-cache": ["layers", "kv-heads", "key-length", "value-length"],
    sampling: ["thinking", "plain"],
    "sampling.thinking": ["temperature", "top-p", "top-k", "min-p", "presence-penalty", "repetition-penalty"],
    "sampling.plain": ["temperature", "top-p", "top-k", "min-p", "presence-penalty", "repetition-penalty"],
  };
  const known = parents[path.join(".")];
  if (known !== undefined) return known;
  return path.includes("files") ? ["name", "bytes", "sha256"] : ["repository", "files"];
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
