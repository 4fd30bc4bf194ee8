import { matrixSizes, type Qwen3Shape } from "#weir/builder/qwen3-architecture.js";
import { ggmlTypes } from "#weir/gguf/tensor-type.js";
import type { ModelShape } from "#weir/placement/model-shape.js";

/** How llama.cpp's quantize makes a file: all matrices of one type, or its mix. */
export type Quantization = "BF16" | "Q8_0" | "Q4_K_M";

export interface Tensor {
  readonly name: string;
  readonly dimensions: readonly number[];
  /** `enum ggml_type` */
  readonly type: number;
  readonly bytes: number;
}

export const qwen3_32b: Omit<Qwen3Shape, "ropeBase"> = {
  layers: 64,
  embedding: 5120,
  heads: 64,
  kvHeads: 8,
  headDim: 128,
  feedForward: 25_600,
  contextTokens: 40_960,
};

export const qwen3_0_6b: typeof qwen3_32b = {
  ...qwen3_32b,
  ...{ layers: 28, embedding: 1024, heads: 16, feedForward: 3072 },
};

export const qwen3_4b: typeof qwen3_32b = {
  ...qwen3_32b,
  ...{ layers: 36, embedding: 2560, heads: 32, feedForward: 9728 },
};

export const qwen3Vocabulary = 151_936;

/** The tensors of a `qwen3` GGUF in this quantization, in the order of a file. */
export function qwen3Tensors(
  shape: Omit<Qwen3Shape, "ropeBase">,
  quantization: Quantization,
  vocabulary = qwen3Vocabulary,
): Tensor[] {
  const { embedding, headDim, layers } = shape;
  const base = { BF16: "BF16", Q8_0: "Q8_0", Q4_K_M: "Q4_K" }[quantization];
  const better = quantization === "Q4_K_M" ? "Q6_K" : base;
  const ofLayer = Array.from({ length: layers }, (_, layer) => [
    tensor(`blk.${layer}.attn_norm.weight`, [embedding], "F32"),
    tensor(`blk.${layer}.attn_q_norm.weight`, [headDim], "F32"),
    tensor(`blk.${layer}.attn_k_norm.weight`, [headDim], "F32"),
    tensor(`blk.${layer}.ffn_norm.weight`, [embedding], "F32"),
    ...Object.entries(matrixSizes({ ...shape, ropeBase: 1e6 })).map(([name, { inputs, outputs }]) => {
      const isBetter = (name === "attn_v" || name === "ffn_down") && usesMoreBits(layer, layers);
      return tensor(`blk.${layer}.${name}.weight`, [inputs, outputs], isBetter ? better : base);
    }),
  ]);
  return [
    tensor("token_embd.weight", [embedding, vocabulary], base),
    tensor("output_norm.weight", [embedding], "F32"),
    tensor("output.weight", [embedding, vocabulary], better),
    ...ofLayer.flat(),
  ];
}

/** What placing knows of such a file. */
export function qwen3ShapeOf(
  shape: Omit<Qwen3Shape, "ropeBase">,
  quantization: Quantization,
  vocabulary = qwen3Vocabulary,
): ModelShape {
  const { layers, embedding, heads, kvHeads, headDim, feedForward, contextTokens } = shape;
  return {
    ...{ layers, embedding, heads, feedForward, vocabulary },
    kvHeads: Array.from({ length: layers }, () => kvHeads),
    keyLength: headDim,
    valueLength: headDim,
    trainedContextTokens: contextTokens,
    tensors: qwen3Tensors(shape, quantization, vocabulary),
  };
}

/** `use_more_bits` of llama-quant.cpp. */
function usesMoreBits(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
}

function tensor(name: string, dimensions: readonly number[], typeName: string): Tensor {
  const found = [...ggmlTypes].find(([, { name: known }]) => known === typeName);
  if (found === undefined) throw new Error(`no type ${typeName}`);
  const [type, { blockValues, blockBytes }] = found;
  const values = dimensions.reduce((product, length) => product * length, 1);
  return { name, dimensions, type, bytes: (values / blockValues) * blockBytes };
}
