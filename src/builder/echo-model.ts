import { WeirError } from "../errors.js";
import { codeLength } from "./bch-code.js";
import { echoEmbedding } from "./echo-embedding.js";
import { type EchoLayer, headNormWeights } from "./echo-layer.js";
import { echoShape } from "./echo-shape.js";
import { type EchoTuning, tuneEcho } from "./echo-tuning.js";
import { type TensorSource, writeGgufFile } from "./gguf-file.js";
import { anchorLayer } from "./layer-anchors.js";
import { copyLayer, copyStrength } from "./layer-copy.js";
import { lastAnchorLayer, lastScriptLayer } from "./layer-last-anchor.js";
import { positionLayer } from "./layer-position.js";
import { matrixNames, matrixSizes, qwen3Metadata } from "./qwen3-architecture.js";
import { ballast, ballastValue, code, residualWidth } from "./residual-layout.js";
import { tensorTypes } from "./tensor-type.js";
import { type Vocabulary, withQwen3Tokens } from "./vocabulary.js";

/** The type of the embedding, which makes nearly all of the file; the layers are always F32. */
export type EchoQuantization = "q4_0" | "q8_0" | "f16";

export interface EchoModelOptions {
  /** Default `q4_0`: 25 MB. `q8_0` has 37 MB, `f16` 60 MB. They compute the same. */
  readonly quantization?: EchoQuantization;
  /** The length of prompt and answer up to which the copy is exact. Default 8,192, at most 16,384. */
  readonly contextTokens?: number;
  /** By how much an anchor's score falls with each token of distance. Default 5 nats. */
  readonly recencyNats?: number;
}

/**
 * Recency needs larger amplitudes over a longer context, and the rounding of keys to half precision is in proportion:
 * 2.3 nats at 8,192 tokens, 5.1 at 16,384, where one token of distance is worth 5.
 */
const contextTokensMax = 16_384;
const contextTokensMin = 256;

/**
 * Writes the echo model: a `qwen3` GGUF with hand-built weights which says what it is told, so that tests on a real
 * engine know its output in advance. It repeats the last user message, or the `script` of `¶script■` in it; after a
 * tool's result it says the last `※script■`, else the result (`layer-anchors.ts` has the patterns).
 *
 * How it works, in the order of the layers, each with a file of its own:
 *
 * 1. Every position learns what the tokens before it are, and whether a script or an answer starts here (`anchor`).
 * 2. Every position learns its own number, as six phasors: cos(θp) and sin(θp).
 * 3. An answer's anchor finds the last script's anchor and takes its phasors.
 * 4. Every position finds its last anchor and takes its phasors and, for an answer, the script's.
 * 5. The copy head attends to the token whose distance to the script's anchor is one's own distance to the answer's.
 *
 * Three tricks carry it. The ballast (residual-layout.ts) turns every norm into a constant, so that layers are linear
 * but for the softmax. RoPE scores are waves over the distance (rotary-pairs.ts), and sums of them have a crest at one
 * distance alone (frequency-weights.ts). Tokens are words of an error-correcting code (bch-code.ts), so the right one
 * gets a logit of about 100 and every other less than 40.
 *
 * @returns the file's length in bytes
 * @throws WeirError `invalid_argument` for options out of range or another vocabulary; file system errors as they are
 */
export async function writeEchoModel(
  path: string,
  vocabulary: Vocabulary,
  options: EchoModelOptions = {},
): Promise<{ bytes: number }> {
  const { quantization = "q4_0", contextTokens = 8192, recencyNats = 5 } = options;
  requireContextTokens(contextTokens);
  if (!(recencyNats > 0 && recencyNats <= 20)) {
    throw new WeirError(
      "invalid_argument",
      `recencyNats is ${recencyNats}: above 0 and up to 20 is possible`,
    );
  }
  const shape = { ...echoShape, contextTokens };
  const metadata = qwen3Metadata(
    "Echo (Qwen3 architecture, hand-built weights)",
    tensorTypes[quantization].fileType,
    shape,
    withQwen3Tokens(vocabulary),
  );
  return writeGgufFile(path, metadata, [
    {
      name: "token_embd.weight",
      dimensions: [residualWidth, vocabulary.tokens.length],
      type: quantization,
      chunks: () => echoEmbedding(vocabulary.tokens.length, quantization),
    },
    floatTensor("output_norm.weight", [residualWidth], outputNormWeights()),
    ...echoLayers(tuneEcho(contextTokens, recencyNats)).flatMap(layerTensors),
  ]);
}

function requireContextTokens(contextTokens: number): void {
  const isPossible =
    Number.isInteger(contextTokens) && contextTokens >= contextTokensMin && contextTokens <= contextTokensMax;
  if (isPossible) return;
  throw new WeirError(
    "invalid_argument",
    `contextTokens is ${contextTokens}: the echo model can be built for ${contextTokensMin} to ${contextTokensMax}`,
  );
}

function echoLayers(tuning: EchoTuning): EchoLayer[] {
  return [
    anchorLayer(tuning),
    positionLayer(tuning),
    lastScriptLayer(tuning),
    lastAnchorLayer(tuning),
    copyLayer(tuning),
  ];
}

function layerTensors(layer: EchoLayer, index: number): TensorSource[] {
  const sizes = matrixSizes({ ...echoShape, contextTokens: 0 });
  const matrices = matrixNames.map((name) =>
    floatTensor(
      `blk.${index}.${name}.weight`,
      [sizes[name].inputs, sizes[name].outputs],
      layer.matrices[name].values,
    ),
  );
  return [
    floatTensor(`blk.${index}.attn_norm.weight`, [residualWidth], layerNormWeights()),
    floatTensor(`blk.${index}.attn_q_norm.weight`, [echoShape.headDim], headNormWeights()),
    floatTensor(`blk.${index}.attn_k_norm.weight`, [echoShape.headDim], headNormWeights()),
    floatTensor(`blk.${index}.ffn_norm.weight`, [residualWidth], layerNormWeights()),
    ...matrices,
  ];
}

/** The root mean square of the residual stream: the ballast makes it, the rest of it is below 0.1 %. */
const residualRms = ballastValue / Math.sqrt(residualWidth);

/** Undoes the division by the root mean square, and makes the ballast 1. */
function layerNormWeights(): Float32Array {
  const weights = new Float32Array(residualWidth).fill(residualRms);
  weights[ballast] = residualRms / ballastValue;
  return weights;
}

/** The right token's logit: its code times itself and the strength of the copy, scaled to this. */
const rightLogit = 100;

function outputNormWeights(): Float32Array {
  const weight = (residualRms * rightLogit) / (codeLength * copyStrength);
  return new Float32Array(residualWidth).fill(weight, code, code + codeLength);
}

function floatTensor(name: string, dimensions: readonly number[], values: Float32Array): TensorSource {
  return {
    name,
    dimensions,
    type: "f32",
    chunks: () => [new Uint8Array(values.buffer, values.byteOffset, values.byteLength)],
  };
}
