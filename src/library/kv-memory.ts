import type { CacheType } from "../llama/options.js";
import type { Manifest } from "./manifest.js";

/** Bytes of a block and the values in it, ggml-common.h of llama.cpp v0.5.0. */
const blocks: Readonly<Record<CacheType, readonly [bytes: number, values: number]>> = {
  f32: [4, 1],
  f16: [2, 1],
  bf16: [2, 1],
  q8_0: [34, 32],
  q5_1: [24, 32],
  q5_0: [22, 32],
  q4_1: [20, 32],
  q4_0: [18, 32],
  iq4_nl: [18, 32],
};

/** Types that are worth telling of: all of it, half, and a quarter. */
export const toldCacheTypes = ["f16", "q8_0", "q4_0"] as const satisfies readonly CacheType[];

/** Values of a KV cache a token, keys and values together, of a manifest's shape. */
export function kvValuesPerToken(shape: Manifest["kv-cache"]): number {
  return shape.layers * shape["kv-heads"] * (shape["key-length"] + shape["value-length"]);
}

/** What `tokens` of context take in bytes; `type` is that of keys and values both. */
export function kvBytes(valuesPerToken: number, type: CacheType, tokens: number): number {
  const [bytes, values] = blocks[type];
  return (valuesPerToken * tokens * bytes) / values;
}
