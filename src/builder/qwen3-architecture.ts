import type { Metadata, MetadataValue } from "./gguf-metadata.js";
import { qwenTokens } from "./qwen-tokens.js";
import type { Vocabulary } from "./vocabulary.js";

/** The sizes of a model of llama.cpp's architecture `qwen3`. */
export interface Qwen3Shape {
  readonly layers: number;
  readonly embedding: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly feedForward: number;
  readonly contextTokens: number;
  readonly ropeBase: number;
}

/** The matrices of a layer by their names in a GGUF file, as the residual stream passes them. */
export const matrixNames = [
  "attn_q",
  "attn_k",
  "attn_v",
  "attn_output",
  "ffn_gate",
  "ffn_up",
  "ffn_down",
] as const;

export type MatrixName = (typeof matrixNames)[number];

export interface MatrixSize {
  readonly inputs: number;
  readonly outputs: number;
}

/** What each matrix of a layer takes and gives, in values per token. */
export function matrixSizes(shape: Qwen3Shape): Readonly<Record<MatrixName, MatrixSize>> {
  const { embedding, feedForward } = shape;
  const queries = shape.heads * shape.headDim;
  const keys = shape.kvHeads * shape.headDim;
  return {
    attn_q: { inputs: embedding, outputs: queries },
    attn_k: { inputs: embedding, outputs: keys },
    attn_v: { inputs: embedding, outputs: keys },
    attn_output: { inputs: queries, outputs: embedding },
    ffn_gate: { inputs: embedding, outputs: feedForward },
    ffn_up: { inputs: embedding, outputs: feedForward },
    ffn_down: { inputs: feedForward, outputs: embedding },
  };
}

/**
 * The metadata that llama.cpp wants of a `qwen3` model.
 * @param fileType `enum llama_ftype`
 */
export function qwen3Metadata(
  name: string,
  fileType: number,
  shape: Qwen3Shape,
  vocabulary: Vocabulary,
): Metadata {
  return [
    ["general.architecture", text("qwen3")],
    ["general.name", text(name)],
    ["general.file_type", count(fileType)],
    ["general.quantization_version", count(2)], // GGML_QNT_VERSION
    ["qwen3.block_count", count(shape.layers)],
    ["qwen3.context_length", count(shape.contextTokens)],
    ["qwen3.embedding_length", count(shape.embedding)],
    ["qwen3.feed_forward_length", count(shape.feedForward)],
    ["qwen3.attention.head_count", count(shape.heads)],
    ["qwen3.attention.head_count_kv", count(shape.kvHeads)],
    ["qwen3.attention.key_length", count(shape.headDim)],
    ["qwen3.attention.value_length", count(shape.headDim)],
    ["qwen3.attention.layer_norm_rms_epsilon", { type: "float32", value: 1e-6 }],
    ["qwen3.rope.freq_base", { type: "float32", value: shape.ropeBase }],
    ["tokenizer.ggml.model", text("gpt2")],
    ["tokenizer.ggml.pre", text("qwen2")],
    ["tokenizer.ggml.tokens", { type: "string array", value: vocabulary.tokens }],
    ["tokenizer.ggml.token_type", { type: "int32 array", value: vocabulary.tokenTypes }],
    ["tokenizer.ggml.merges", { type: "string array", value: vocabulary.merges }],
    ["tokenizer.ggml.eos_token_id", count(qwenTokens.imEnd)],
    ["tokenizer.ggml.padding_token_id", count(qwenTokens.endOfText)],
    ["tokenizer.ggml.bos_token_id", count(qwenTokens.endOfText)],
    ["tokenizer.ggml.add_bos_token", { type: "bool", value: false }],
    ["tokenizer.chat_template", text(vocabulary.chatTemplate)],
  ];
}

function text(value: string): MetadataValue {
  return { type: "string", value };
}

function count(value: number): MetadataValue {
  return { type: "uint32", value };
}
