import type { GgmlType } from "./tensor-type.js";
import type { ScalarType } from "./value-type.js";

/** A value of the metadata, or an array of them. Integers of 64 bits are rounded to a double. */
export interface MetadataValue {
  readonly type: ScalarType;
  readonly isArray: boolean;
  /** One value where it is no array. */
  readonly values: readonly (number | boolean | string)[];
}

export type Metadata = ReadonlyMap<string, MetadataValue>;

export interface TensorInfo {
  readonly name: string;
  /** ggml's order: the length of a row first. As the file has them, 1 to 4. */
  readonly dimensions: readonly number[];
  readonly type: GgmlType;
  /** Where its data begins, from the file's beginning. */
  readonly offset: number;
  readonly bytes: number;
}

/** What a GGUF file says before its weights. */
export interface GgufFile {
  readonly path: string;
  /** Changes when the file does. */
  readonly stamp: string;
  readonly version: number;
  readonly metadata: Metadata;
  readonly tensors: readonly TensorInfo[];
}

/** The number under a key, of whatever number type; null where there is none. */
export function numberOf(metadata: Metadata, key: string): number | null {
  const value = scalar(metadata, key);
  return typeof value === "number" ? value : null;
}

export function textOf(metadata: Metadata, key: string): string | null {
  const value = scalar(metadata, key);
  return typeof value === "string" ? value : null;
}

export function flagOf(metadata: Metadata, key: string): boolean | null {
  const value = scalar(metadata, key);
  return typeof value === "boolean" ? value : null;
}

/** The numbers under a key, which may be one for all layers or one a layer; empty where there is none. */
export function numbersOf(metadata: Metadata, key: string): readonly number[] {
  const values = metadata.get(key)?.values ?? [];
  return values.filter((value) => typeof value === "number");
}

/** The strings of an array; null where there is none. */
export function textsOf(metadata: Metadata, key: string): readonly string[] | null {
  const value = metadata.get(key);
  if (value === undefined || !value.isArray || value.type !== "string") return null;
  // Its type says that they are strings.
  return value.values as readonly string[];
}

function scalar(metadata: Metadata, key: string): number | boolean | string | null {
  const value = metadata.get(key);
  return value === undefined || value.isArray ? null : (value.values[0] ?? null);
}
