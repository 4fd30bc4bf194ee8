import { type CacheType, cacheTypeBlocks } from "../llama/options.js";
import type { Manifest } from "./manifest.js";

/** Types that are worth telling of: all of it, half, and a quarter. */
export const toldCacheTypes = ["f16", "q8_0", "q4_0"] as const satisfies readonly CacheType[];

/** Values of a KV cache a token, keys and values together, of a manifest's shape. */
export function kvValuesPerToken(shape: Manifest["kv-cache"]): number {
  return shape.layers * shape["kv-heads"] * (shape["key-length"] + shape["value-length"]);
}

/** What `tokens` of context take in bytes; `type` is that of keys and values both. */
export function kvBytes(valuesPerToken: number, type: CacheType, tokens: number): number {
  const [values, bytes] = cacheTypeBlocks[type];
  return (valuesPerToken * tokens * bytes) / values;
}
