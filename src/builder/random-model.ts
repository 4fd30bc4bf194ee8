import { type TensorSource, writeGgufFile } from "./gguf-file.js";
import { type PooledModel, pooledMetadata } from "./pooled-model.js";
import { matrixNames, matrixSizes, type Qwen3Shape, qwen3Metadata } from "./qwen3-architecture.js";
import { randomStream } from "./random-numbers.js";
import { type RandomWeightType, randomWeights } from "./random-weights.js";
import { bytesOf, tensorTypes } from "./tensor-type.js";
import { type Vocabulary, withQwen3Tokens } from "./vocabulary.js";

/** The sizes of a model with random weights: for speed and parity, where the text does not matter. */
export interface RandomModelShape extends Omit<Qwen3Shape, "ropeBase"> {
  /** Goes into `general.name`. */
  readonly name: string;
  /** The type of all matrices; norms are F32. */
  readonly weights: RandomWeightType;
  /** Gives a vector or scores instead of text. */
  readonly pooled?: PooledModel;
}

/** 45 MB. So little compute that what the server adds to it is seen. */
export const tinyShape: RandomModelShape = {
  name: "tiny",
  layers: 2,
  embedding: 64,
  heads: 4,
  kvHeads: 2,
  headDim: 16,
  feedForward: 128,
  weights: "f16",
  contextTokens: 8192,
};

/** 22 MB. Gives vectors of 64 values. */
export const tinyEmbeddingShape: RandomModelShape = {
  ...tinyShape,
  name: "tiny-embedding",
  pooled: { pooling: "last", causal: true },
};

/** 22 MB. Gives the probabilities of `yes` and `no`. */
export const tinyRerankShape: RandomModelShape = {
  ...tinyShape,
  name: "tiny-rerank",
  pooled: { pooling: "rank", causal: true, labels: ["yes", "no"] },
};

/** 198 MB. On a CPU its compute dominates, as in production. */
export const smallShape: RandomModelShape = {
  name: "small",
  layers: 8,
  embedding: 512,
  heads: 8,
  kvHeads: 4,
  headDim: 64,
  feedForward: 1536,
  weights: "q8_0",
  contextTokens: 8192,
};

/**
 * Qwen3-32B's own shape, 34.8 GB in Q8_0 and 18.4 GB in Q4_K: what a GPU computes with it does not depend on what the
 * weights are. (A real Q4_K_M file keeps some matrices in Q6_K, and has 19.8 GB.)
 */
export function qwen3Shape32B(weights: "q8_0" | "q4_k"): RandomModelShape {
  return {
    name: `qwen3-32b-${weights}`,
    layers: 64,
    embedding: 5120,
    heads: 64,
    kvHeads: 8,
    headDim: 128,
    feedForward: 25_600,
    weights,
    contextTokens: 40_960,
  };
}

/** What a file of this shape takes, but for the vocabulary and the norms: to ask whether there is room for it. */
export function randomModelBytes(shape: RandomModelShape, tokens: number): number {
  const layer = Object.values(matrixSizes({ ...shape, ropeBase }));
  const ofLayer = layer.reduce(
    (sum, { inputs, outputs }) => sum + bytesOf(shape.weights, inputs * outputs),
    0,
  );
  const vocabularyMatrices = shape.pooled === undefined ? 2 : 1;
  return shape.layers * ofLayer + vocabularyMatrices * bytesOf(shape.weights, shape.embedding * tokens);
}

/** Qwen3's own. */
const ropeBase = 1e6;

// Chosen by trial, for greedy text that neither repeats itself nor depends on the last token alone: the layers add
// several times what the embedding holds, and attention is selective (scores with a standard deviation of 3).
const embeddingDeviation = 0.5;
const layerGain = 1;
const queryNorm = 3;

/** Of the logits: the best of 151,936 then has a probability of some percent, as in a real model. */
const logitDeviation = 4;

/** Of a reranker's logits: the probabilities then lie all over 0 to 1. */
const scoreDeviation = 1;

/**
 * Writes a `qwen3` GGUF with random weights and an output matrix of its own: with a tied one the most similar token is
 * always the last one again, and the model would repeat it for ever.
 *
 * The whole vocabulary stays: sampling over 151,936 entries is part of what is measured.
 *
 * @param options `seed`, 0 by default: the same seed and shape give the same bytes
 * @returns the file's length in bytes
 * @throws RangeError when a matrix is not whole blocks of weights; file system errors as they are
 */
export async function writeRandomModel(
  path: string,
  vocabulary: Vocabulary,
  shape: RandomModelShape,
  options: { seed?: number } = {},
): Promise<{ bytes: number }> {
  const qwen3Shape = { ...shape, ropeBase };
  const metadata = qwen3Metadata(
    `Random ${shape.name} (Qwen3 architecture)`,
    tensorTypes[shape.weights].fileType,
    qwen3Shape,
    withQwen3Tokens(vocabulary),
  );
  return writeGgufFile(
    path,
    shape.pooled === undefined ? metadata : pooledMetadata(metadata, shape.pooled),
    randomTensors(qwen3Shape, vocabulary.tokens.length, options.seed ?? 0),
  );
}

function randomTensors(shape: RandomModelShape & Qwen3Shape, tokens: number, seed: number): TensorSource[] {
  const { embedding, headDim, weights } = shape;
  const sizes = matrixSizes(shape);
  let stream = 0;
  const matrix = (name: string, inputs: number, outputs: number, standardDeviation: number): TensorSource => {
    const tensorStream = stream++;
    return {
      name,
      dimensions: [inputs, outputs],
      type: weights,
      chunks: () =>
        randomWeights(weights, inputs * outputs, standardDeviation, randomStream(seed, tensorStream)),
    };
  };
  const layers = Array.from({ length: shape.layers }, (_, layer) => [
    norm(`blk.${layer}.attn_norm.weight`, embedding, 1),
    norm(`blk.${layer}.attn_q_norm.weight`, headDim, queryNorm),
    norm(`blk.${layer}.attn_k_norm.weight`, headDim, 1),
    norm(`blk.${layer}.ffn_norm.weight`, embedding, 1),
    ...matrixNames.map((name) => {
      const { inputs, outputs } = sizes[name];
      return matrix(`blk.${layer}.${name}.weight`, inputs, outputs, layerGain / Math.sqrt(inputs));
    }),
  ]);
  return [
    matrix("token_embd.weight", embedding, tokens, embeddingDeviation),
    norm("output_norm.weight", embedding, 1),
    ...outputMatrices(shape, tokens).map(({ name, outputs, deviation }) =>
      matrix(name, embedding, outputs, deviation / Math.sqrt(embedding)),
    ),
    ...layers.flat(),
  ];
}

/** A pooled model needs no logits: as in the real ones, llama.cpp takes the embedding for the output matrix. */
function outputMatrices(
  { pooled }: RandomModelShape,
  tokens: number,
): { name: string; outputs: number; deviation: number }[] {
  if (pooled === undefined) return [{ name: "output.weight", outputs: tokens, deviation: logitDeviation }];
  if (pooled.pooling !== "rank") return [];
  return [{ name: "cls.output.weight", outputs: pooled.labels.length, deviation: scoreDeviation }];
}

function norm(name: string, width: number, value: number): TensorSource {
  const weights = new Float32Array(width).fill(value);
  return { name, dimensions: [width], type: "f32", chunks: () => [new Uint8Array(weights.buffer)] };
}
