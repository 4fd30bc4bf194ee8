import { type GgufFile, numberOf, numbersOf, type TensorInfo, textOf, textsOf } from "./gguf-file.js";
import { maxLayers } from "./hyperparameter-check.js";

/** llama.cpp's architectures whose layers are what is checked here. The others have layers of their own kind. */
const architectures = ["llama", "qwen2", "qwen2moe", "qwen3", "qwen3moe"];

/** One for all layers, or one a layer. */
const layerKeys = ["attention.head_count", "attention.head_count_kv", "feed_forward_length"] as const;

/** The sizes of a layer, in values. */
interface LayerSizes {
  readonly embedding: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Null where the layer's feed-forward part is made of experts. */
  readonly feedForward: number | null;
}

/**
 * What of an ordinary transformer's sizes does not go together, or with its tensors. llama.cpp refuses most wrong shapes
 * itself; wrong heads, rotations and types of weights it would only find, and abort on, when it first computes.
 */
export function* transformerFaults(file: Pick<GgufFile, "metadata" | "tensors">): Generator<string> {
  const { metadata, tensors } = file;
  const architecture = textOf(metadata, "general.architecture") ?? "";
  if (!architectures.includes(architecture)) return;
  const key = (name: string): string => `${architecture}.${name}`;
  const layers = numberOf(metadata, key("block_count")) ?? 0;
  const tensorByName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  for (const tensor of tensors) yield* typeFault(tensor);
  const embedding = numberOf(metadata, key("embedding_length")) ?? 0;
  const tokens = textsOf(metadata, "tokenizer.ggml.tokens")?.length;
  if (tokens !== undefined) {
    yield* shapeFault(tensorByName.get("token_embd.weight"), [embedding, tokens]);
    yield* shapeFault(tensorByName.get("output.weight"), [embedding, tokens]);
  }
  yield* shapeFault(tensorByName.get("output_norm.weight"), [embedding]);
  for (const name of layerKeys) {
    const { length } = metadata.get(key(name))?.values ?? [];
    if (length > maxLayers)
      yield `${key(name)} has ${length} values, and a model has ${maxLayers} layers at most`;
  }
  const perLayer = (name: (typeof layerKeys)[number], layer: number): number | null => {
    const values = numbersOf(metadata, key(name));
    return (values.length > 1 ? values[layer] : values[0]) ?? null;
  };
  for (let layer = 0; layer < layers; layer++) {
    const heads = perLayer("attention.head_count", layer) ?? 0;
    const kvHeads = perLayer("attention.head_count_kv", layer) ?? heads;
    if (heads < 1 || kvHeads < 1 || heads % kvHeads !== 0) {
      yield `${key("attention.head_count")} is ${heads} with ${kvHeads} of keys and values, no multiple of it`;
    }
    const headDim = numberOf(metadata, key("attention.key_length")) ?? Math.floor(embedding / heads);
    yield* headFaults(file, key, headDim);
    const feedForward = architecture.endsWith("moe") ? null : perLayer("feed_forward_length", layer);
    const shapes = layerShapes({ embedding, heads, kvHeads, headDim, feedForward });
    for (const [name, shape] of Object.entries(shapes)) {
      yield* shapeFault(tensorByName.get(`blk.${layer}.${name}.weight`), shape);
    }
  }
}

/** Rotation turns all of a head in these architectures, in pairs. */
function* headFaults(
  { metadata }: Pick<GgufFile, "metadata">,
  key: (name: string) => string,
  headDim: number,
): Generator<string> {
  if (headDim < 2 || headDim % 2 !== 0)
    yield `${key("attention.key_length")} is ${headDim}, no even number from 2 on`;
  for (const name of ["attention.value_length", "rope.dimension_count"]) {
    const value = numberOf(metadata, key(name)) ?? headDim;
    if (value !== headDim) yield `${key(name)} is ${value}, and a head's keys have ${headDim} values`;
  }
  const base = numberOf(metadata, key("rope.freq_base"));
  if (base === 0) yield `${key("rope.freq_base")} is 0`;
}

function layerShapes(sizes: LayerSizes): Record<string, readonly number[]> {
  const { embedding, heads, kvHeads, headDim, feedForward } = sizes;
  const experts = feedForward === null;
  return {
    attn_norm: [embedding],
    ffn_norm: [embedding],
    attn_q_norm: [headDim],
    attn_k_norm: [headDim],
    attn_q: [embedding, heads * headDim],
    attn_k: [embedding, kvHeads * headDim],
    attn_v: [embedding, kvHeads * headDim],
    attn_output: [heads * headDim, embedding],
    ...(experts
      ? {}
      : {
          ffn_gate: [embedding, feedForward],
          ffn_up: [embedding, feedForward],
          ffn_down: [feedForward, embedding],
        }),
  };
}

/** Nothing to say where there is no such tensor. */
function* shapeFault(tensor: TensorInfo | undefined, expected: readonly number[]): Generator<string> {
  if (tensor === undefined) return;
  const shape = withoutOnes(tensor.dimensions);
  if (shape === withoutOnes(expected)) return;
  yield `tensor ${tensor.name} is ${tensor.dimensions.join(" × ")}, and the metadata makes it ${expected.join(" × ")}`;
}

function withoutOnes(dimensions: readonly number[]): string {
  return dimensions.join(" × ").replace(/( × 1)+$/, "");
}

/** Of one row, which GGUF says as a vector: qwen2moe's gate of the expert that all tokens take. */
const rowMatrix = /^blk\.\d+\.ffn_gate_inp_shexp\.weight$/;

/** ggml adds and multiplies by vectors of F32 alone, and multiplies by matrices of weights. */
function* typeFault({ name, dimensions, type }: TensorInfo): Generator<string> {
  const isVector = dimensions.length === 1 && !rowMatrix.test(name);
  if (isVector && type.name !== "F32")
    yield `tensor ${name} is ${type.name}, and a vector is F32 in every model`;
  if (!isVector && !type.holdsWeights) yield `tensor ${name} is ${type.name}, in which no model has weights`;
}
