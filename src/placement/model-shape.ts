/** What of a model decides how much memory it takes. Lengths are in values. */
export interface ModelShape {
  readonly layers: number;
  /** Of a row between two layers. */
  readonly embedding: number;
  readonly heads: number;
  /** One a layer; 0 where the layer has no KV cache. */
  readonly kvHeads: readonly number[];
  /** Of one head. */
  readonly keyLength: number;
  readonly valueLength: number;
  /** Values of a row inside a layer: of all experts that a token takes. */
  readonly feedForward: number;
  readonly vocabulary: number;
  readonly trainedContextTokens: number;
  readonly tensors: readonly TensorSize[];
}

export interface TensorSize {
  readonly name: string;
  readonly bytes: number;
}

/** Where a tensor's bytes are counted. */
export interface WeightsByPlace {
  /** The table of the vocabulary, always in the host's memory. */
  readonly input: number;
  readonly layers: readonly number[];
  /** The last matrix; of a model that has none, another copy of the table where the device is not the host. */
  readonly output: number;
  /** That copy alone. */
  readonly tied: number;
}

/** llama.cpp's rule of `create_tensor`: `blk.N.…` lie with layer N, the tables of the vocabulary on the host, the rest with the output. */
export function weightsByPlace({ layers, tensors }: ModelShape): WeightsByPlace {
  const ofLayer = new Array<number>(layers).fill(0);
  let input = 0;
  let output = 0;
  let table = 0;
  let hasOutput = false;
  for (const { name, bytes } of tensors) {
    const layer = Number(/^blk\.(\d+)\./.exec(name)?.[1] ?? -1);
    if (layer >= 0) ofLayer[layer] = (ofLayer[layer] ?? 0) + bytes;
    else if (inputTables.has(name)) input += bytes;
    else output += bytes;
    if (name === "token_embd.weight") table = bytes;
    if (name === "output.weight") hasOutput = true;
  }
  const tied = hasOutput ? 0 : table;
  return { input, layers: ofLayer, output: output + tied, tied };
}

/** The largest matrix of the first `layers` layers. */
export function largestOfFirst(layers: number, { tensors }: ModelShape): number {
  const sizes = tensors.map(({ name, bytes }) => {
    const layer = /^blk\.(\d+)\./.exec(name)?.[1];
    return layer !== undefined && Number(layer) < layers ? bytes : 0;
  });
  return Math.max(0, ...sizes);
}

/** Bytes of the rows that llama.cpp asks a device about, before it gives it the output (`weight_buft_supported`). */
export function probedOutputBytes({ vocabulary }: ModelShape): number {
  return vocabulary * 512 * 4;
}

const inputTables = new Set([
  ...["token_embd.weight", "token_embd_norm.weight", "position_embd.weight", "token_types.weight"],
  "per_layer_token_embd.weight",
]);
