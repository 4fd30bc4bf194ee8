import type { Metadata, MetadataValue } from "./gguf-metadata.js";
import { qwenTokens } from "./qwen-tokens.js";

/**
 * What turns a text model's GGUF into one that gives a vector or scores for a whole text, as llama.cpp's converter writes
 * it for Qwen3-Embedding and Qwen3-Reranker.
 */
export type PooledModel =
  | { readonly pooling: "mean" | "cls" | "last"; readonly causal: boolean }
  /** A score a label, from a matrix of its own. */
  | { readonly pooling: "rank"; readonly causal: true; readonly labels: readonly string[] };

/** `enum llama_pooling_type` */
const poolingTypes = { mean: 1, cls: 2, last: 3, rank: 4 } as const;

/** Shorter than Qwen3-Reranker's own, with the same parts. */
const rerankTemplate =
  "<|im_start|>user\n<Query>: {query}\n<Document>: {document}<|im_end|>\n<|im_start|>assistant\n";

/** The metadata of a text model, changed to that of a pooled one. */
export function pooledMetadata(metadata: Metadata, pooled: PooledModel): Metadata {
  const changes = new Map<string, MetadataValue>([
    ["qwen3.pooling_type", { type: "uint32", value: poolingTypes[pooled.pooling] }],
    ["qwen3.attention.causal", { type: "bool", value: pooled.causal }],
    // Qwen3-Embedding pools the end mark that its tokenizer appends.
    ["tokenizer.ggml.eos_token_id", { type: "uint32", value: qwenTokens.endOfText }],
    ["tokenizer.ggml.add_eos_token", { type: "bool", value: true }],
  ]);
  if (pooled.pooling === "rank") {
    changes.set("qwen3.classifier.output_labels", { type: "string array", value: pooled.labels });
    changes.set("tokenizer.chat_template.rerank", { type: "string", value: rerankTemplate });
  }
  return [...metadata.filter(([key]) => !changes.has(key)), ...changes];
}
