import type { EmbeddingRequest } from "#weir/engine/embedding.js";

/** Texts of these lengths; every token of a text is its number, from 1. */
export function texts(...lengths: number[]): EmbeddingRequest {
  let end = 0;
  return {
    tokens: Int32Array.from(lengths.flatMap((length, text) => Array<number>(length).fill(text + 1))),
    ends: Int32Array.from(lengths, (length) => {
      end += length;
      return end;
    }),
    maxWaitMs: Number.POSITIVE_INFINITY,
  };
}
