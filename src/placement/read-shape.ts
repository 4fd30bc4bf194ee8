import { type GgufFile, numberOf, numbersOf, textOf, textsOf } from "../gguf/gguf-file.js";
import type { ModelShape } from "./model-shape.js";

/**
 * A model's shape out of its files; null where they do not say it the way that transformers do: such a model is planned by
 * llama.cpp alone.
 *
 * @param files all files of a split model, the first one first
 */
export function readShape(files: readonly GgufFile[]): ModelShape | null {
  const metadata = files[0]?.metadata;
  if (metadata === undefined) return null;
  const architecture = textOf(metadata, "general.architecture") ?? "";
  const number = (key: string): number | null => numberOf(metadata, `${architecture}.${key}`);
  const layers = number("block_count");
  const embedding = number("embedding_length");
  const heads = number("attention.head_count");
  const trainedContextTokens = number("context_length");
  const vocabulary = number("vocab_size") ?? textsOf(metadata, "tokenizer.ggml.tokens")?.length ?? null;
  if (layers === null || embedding === null || heads === null || heads === 0) return null;
  if (trainedContextTokens === null || vocabulary === null) return null;
  const kvHeads = numbersOf(metadata, `${architecture}.attention.head_count_kv`);
  const headLength = embedding / heads;
  return {
    ...{ layers, embedding, heads, vocabulary, trainedContextTokens },
    kvHeads: Array.from({ length: layers }, (_, layer) => {
      return (kvHeads.length > 1 ? kvHeads[layer] : kvHeads[0]) ?? heads;
    }),
    keyLength: number("attention.key_length") ?? headLength,
    valueLength: number("attention.value_length") ?? headLength,
    feedForward: activeFeedForward(number),
    tensors: files.flatMap(({ tensors }) => tensors.map(({ name, bytes }) => ({ name, bytes }))),
  };
}

/** Of a mixture of experts, those that a token takes; or the dense layers' where these are wider. */
function activeFeedForward(number: (key: string) => number | null): number {
  const dense = number("feed_forward_length") ?? 0;
  const experts = number("expert_used_count") ?? 0;
  const width = number("expert_feed_forward_length") ?? dense;
  return Math.max(dense, experts * width);
}
