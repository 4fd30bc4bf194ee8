import type { EmbeddingBackend } from "#weir/engine/embedding.js";

/** A text's values are its first token and its number of tokens. It remembers what it was asked. */
export class FakeEmbeddingBackend implements EmbeddingBackend {
  readonly width = 2;
  readonly batchTokens: number;
  readonly sequences: number;
  /** The texts of each batch, as their tokens. */
  readonly batches: number[][][] = [];
  /** A batch with this token fails. */
  poison = -1;

  constructor(limits: { batchTokens?: number; sequences?: number } = {}) {
    this.batchTokens = limits.batchTokens ?? 8;
    this.sequences = limits.sequences ?? 4;
  }

  embed(tokens: Int32Array, ends: Int32Array): Float32Array {
    const texts = Array.from(ends, (end, index) => [...tokens.subarray(ends[index - 1] ?? 0, end)]);
    this.batches.push(texts);
    if (tokens.includes(this.poison)) throw new Error("poisoned");
    return Float32Array.from(texts.flatMap((text) => [text[0] ?? 0, text.length]));
  }
}
