import { type TensorSource, writeGgufFile } from "#weir/builder/gguf-file.js";
import type { Metadata, MetadataValue } from "#weir/builder/gguf-metadata.js";
import { randomStream } from "#weir/builder/random-numbers.js";
import { randomWeights } from "#weir/builder/random-weights.js";
import type { Vocabulary } from "#weir/builder/vocabulary.js";

const embedding = 64;
const feedForward = 128;
const layers = 2;

/** An encoder's trained positions: it can compute no longer text. */
export const encoderTokens = 128;

/**
 * Writes a GGUF of llama.cpp's architecture `bert` with random weights and Qwen's vocabulary: an encoder, which has no cache
 * and whose tokens look both ways.
 */
export async function writeEncoderModel(path: string, vocabulary: Vocabulary): Promise<void> {
  await writeGgufFile(path, encoderMetadata(vocabulary), encoderTensors(vocabulary.tokens.length));
}

function encoderMetadata({ tokens, tokenTypes, merges }: Vocabulary): Metadata {
  const text = (value: string): MetadataValue => ({ type: "string", value });
  const count = (value: number): MetadataValue => ({ type: "uint32", value });
  return [
    ["general.architecture", text("bert")],
    ["general.file_type", count(1)],
    ["bert.block_count", count(layers)],
    ["bert.context_length", count(encoderTokens)],
    ["bert.embedding_length", count(embedding)],
    ["bert.feed_forward_length", count(feedForward)],
    ["bert.attention.head_count", count(4)],
    ["bert.attention.layer_norm_epsilon", { type: "float32", value: 1e-12 }],
    ["bert.attention.causal", { type: "bool", value: false }],
    ["bert.pooling_type", count(1)],
    ["tokenizer.ggml.token_type_count", count(2)],
    ["tokenizer.ggml.model", text("gpt2")],
    ["tokenizer.ggml.pre", text("qwen2")],
    ["tokenizer.ggml.tokens", { type: "string array", value: tokens }],
    ["tokenizer.ggml.token_type", { type: "int32 array", value: tokenTypes }],
    ["tokenizer.ggml.merges", { type: "string array", value: merges }],
  ];
}

function encoderTensors(tokens: number): TensorSource[] {
  let stream = 0;
  // What is added to others must have their type.
  const matrix = (
    name: string,
    inputs: number,
    outputs: number,
    deviation: number,
    type: "f16" | "f32" = "f16",
  ): TensorSource => {
    const own = stream++;
    const chunks = () => randomWeights(type, inputs * outputs, deviation, randomStream(0, own));
    return { name: `${name}.weight`, dimensions: [inputs, outputs], type, chunks };
  };
  const norm = (name: string): TensorSource[] =>
    (["weight", "bias"] as const).map((part) => {
      const values = new Float32Array(embedding).fill(part === "weight" ? 1 : 0);
      const chunks = () => [new Uint8Array(values.buffer)];
      return { name: `${name}.${part}`, dimensions: [embedding], type: "f32" as const, chunks };
    });
  const layer = (index: number): TensorSource[] => [
    ...["attn_q", "attn_k", "attn_v", "attn_output"].map((name) =>
      matrix(`blk.${index}.${name}`, embedding, embedding, 0.2),
    ),
    ...norm(`blk.${index}.attn_output_norm`),
    matrix(`blk.${index}.ffn_up`, embedding, feedForward, 0.1),
    matrix(`blk.${index}.ffn_down`, feedForward, embedding, 0.1),
    ...norm(`blk.${index}.layer_output_norm`),
  ];
  return [
    matrix("token_embd", embedding, tokens, 0.5),
    matrix("position_embd", embedding, encoderTokens, 0.5, "f32"),
    matrix("token_types", embedding, 2, 0.5, "f32"),
    ...norm("token_embd_norm"),
    ...Array.from({ length: layers }, (_, index) => layer(index)).flat(),
  ];
}
