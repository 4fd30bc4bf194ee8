import { type CacheType, cacheTypeBlocks } from "../llama/options.js";
import type { ModelShape } from "./model-shape.js";

export interface CacheTypes {
  readonly cacheTypeK: CacheType;
  readonly cacheTypeV: CacheType;
}

/** llama.cpp gives a slot cells in groups of 256. */
export function cellsOf(contextTokens: number): number {
  return Math.ceil(contextTokens / 256) * 256;
}

/** What one token of one slot takes in a layer. */
export function cacheBytesPerToken(shape: ModelShape, layer: number, types: CacheTypes): number {
  const heads = shape.kvHeads[layer] ?? 0;
  return (
    bytesOf(types.cacheTypeK, heads * shape.keyLength) + bytesOf(types.cacheTypeV, heads * shape.valueLength)
  );
}

/** The largest tensor of the cache: the keys, or the values, of all slots in one layer. */
export function largestCacheTensorBytes(shape: ModelShape, cells: number, types: CacheTypes): number {
  const heads = Math.max(...shape.kvHeads, 0);
  const keys = bytesOf(types.cacheTypeK, heads * shape.keyLength);
  const values = bytesOf(types.cacheTypeV, heads * shape.valueLength);
  return cells * Math.max(keys, values);
}

function bytesOf(type: CacheType, values: number): number {
  const [blockValues, blockBytes] = cacheTypeBlocks[type];
  return Math.ceil(values / blockValues) * blockBytes;
}
