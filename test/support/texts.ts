import { toUnitVector } from "#weir/api/openai/unit-vector.js";
import type { EmbeddingContextHandle } from "#weir/llama/addon.js";

/** Sentences of different lengths, some with characters of several bytes. */
export function sentences(count: number): string[] {
  const words = ["river", "weir", "水", "flood", "lets", "it", "through", "🌊", "42", "holds", "the"];
  return Array.from({ length: count }, (_, i) =>
    Array.from(
      { length: 1 + ((i * 5) % 7) },
      (_, j) => words[(i * 5 + j * (1 + (i % 3))) % words.length],
    ).join(" "),
  );
}

/** What a context gives for each of some texts that it computes together. */
export function valuesOf(context: EmbeddingContextHandle, texts: readonly Int32Array[]): Float32Array[] {
  let end = 0;
  const ends = texts.map(({ length }) => {
    end += length;
    return end;
  });
  const tokens = Int32Array.from(texts.flatMap((text) => [...text]));
  const values = context.embed(tokens, Int32Array.from(ends));
  const { width } = context.info();
  return texts.map((_, index) => values.slice(index * width, (index + 1) * width));
}

/** The same as vectors of length 1. */
export function unitVectors(context: EmbeddingContextHandle, texts: readonly Int32Array[]): Float32Array[] {
  return valuesOf(context, texts).map((values) => toUnitVector(values, values.length));
}

/** The largest distance between a vector and its counterpart; two unit vectors are at most 2 apart. */
export function largestDistance(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  return Math.max(...a.map((vector, index) => distance(vector, b[index] ?? vector.map(() => Number.NaN))));
}

export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.hypot(...Array.from(a, (value, index) => value - (b[index] ?? Number.NaN)));
}
