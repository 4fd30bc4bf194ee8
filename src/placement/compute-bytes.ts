import type { FlashAttentionMode } from "../llama/options.js";
import type { CacheTypes } from "./kv-cache-bytes.js";
import type { ModelShape } from "./model-shape.js";

export interface ComputeOptions extends CacheTypes {
  readonly slots: number;
  /** Cells of one slot. */
  readonly cells: number;
  readonly microBatchTokens: number;
  readonly flashAttention: FlashAttentionMode;
}

/** Where in the chain of devices one stands. */
export interface DevicePosition {
  /** Copies of the inputs; see `inputCopies`. */
  readonly copies: number;
  /** Nothing comes from a device before it. */
  readonly isFirst: boolean;
  readonly hasOutput: boolean;
  /** CUDA's flash attention reads 16-bit keys and values, and has room for a copy of a layer's where the cache is of another type. */
  readonly copiesCache: boolean;
  /** Matrices of the host that the first device multiplies with, where rows are many: the largest of them, or all copies of the output. */
  readonly borrowedBytes: number;
}

/** What is left to the host. */
export interface HostPosition {
  /** Devices that compute beside it; 0 is the host alone. */
  readonly devices: number;
  readonly copies: number;
  /** Of the model's, those that it computes itself. */
  readonly layers: number;
  readonly hasOutput: boolean;
}

/** Rows with logits of a call, where there are fewer slots (native/src/plan.h). */
const scoredRows = 64;
const float = 4;

/**
 * How often llama.cpp holds a graph's inputs, so that several devices work on successive graphs at a time
 * (GGML_SCHED_MAX_COPIES of ggml-backend.cpp); it does so where they hold all layers.
 */
export function inputCopies(devices: number, hostLayers: number): number {
  return devices > 1 && hostLayers === 0 ? 4 : 1;
}

/**
 * What llama.cpp's graph allocator takes on a device for a transformer, found by measuring llama.cpp v0.5.0 on files of
 * different shapes: exact in most cases, some percent too high in most others (docs/decisions/0045).
 */
export function deviceComputeBytes(
  shape: ModelShape,
  options: ComputeOptions,
  position: DevicePosition,
): number {
  const { copies } = position;
  const rows = graphRows(options);
  const row = rows * shape.embedding * float;
  // What comes from the device before is held once more.
  const rowsBetween = copies > 1 ? copies * row * (position.isFirst ? 1 : 2) : 0;
  const copied =
    position.copiesCache && options.flashAttention !== "off" ? halfCacheBytes(shape, options) : 0;
  const layer = layerBytes(shape, options, rows) + copied;
  const work = Math.max(layer, position.hasOutput ? logitBytes(shape, options) : 0);
  return copies * maskBytes(options, rows) + rowsBetween + work + position.borrowedBytes;
}

/** The host's part: of the inputs where devices compute, of everything where there are none. And the rows of outputs. */
export function hostComputeBytes(
  shape: ModelShape,
  options: ComputeOptions,
  { devices, copies, layers, hasOutput }: HostPosition,
): number {
  const rows = graphRows(options);
  const row = rows * shape.embedding * float;
  const mask = maskBytes(options, rows);
  if (devices > 0) {
    const masks = options.flashAttention === "off" ? 3 : 1;
    const logits = hasOutput ? logitBytes(shape, options) : 0;
    const work = layers > 0 ? layerBytes(shape, options, rows) : row;
    return masks * copies * mask + row + work + logits + outputBytes(shape, options);
  }
  const work = Math.max(layerBytes(shape, options, rows) + row, logitBytes(shape, options));
  return mask + work + outputBytes(shape, options);
}

/** llama.cpp reserves for a graph with equally many rows of every slot. */
function graphRows({ slots, cells, microBatchTokens }: ComputeOptions): number {
  return Math.ceil(Math.min(slots * cells, microBatchTokens) / slots) * slots;
}

function maskBytes({ cells, flashAttention }: ComputeOptions, rows: number): number {
  return cells * rows * (flashAttention === "off" ? float : float / 2);
}

/** The most that one layer holds at a time: around its activation, or the scores where there is no flash attention. */
function layerBytes(shape: ModelShape, { cells, flashAttention }: ComputeOptions, rows: number): number {
  const { feedForward, embedding, heads, keyLength } = shape;
  const activation = rows * float * (3 * feedForward + 2 * embedding + heads * keyLength);
  const scores = flashAttention === "off" ? 2 * cells * rows * heads * float : 0;
  return Math.max(activation, scores);
}

/** ggml_cuda_flash_attn_ext_get_f16_extra_data of fattn-common.cuh. */
function halfCacheBytes(shape: ModelShape, options: ComputeOptions): number {
  const heads = Math.max(...shape.kvHeads, 0);
  const values =
    (options.cacheTypeK === "f16" ? 0 : heads * shape.keyLength) +
    (options.cacheTypeV === "f16" ? 0 : heads * shape.valueLength);
  return (options.slots * options.cells * values * float) / 2;
}

function logitBytes(shape: ModelShape, options: ComputeOptions): number {
  return Math.min(graphRows(options), outputRows(options)) * shape.vocabulary * float;
}

/** Rows of logits in host memory, which llama.cpp keeps for whoever samples. */
export function outputBytes(shape: ModelShape, options: ComputeOptions): number {
  return outputRows(options) * shape.vocabulary * float;
}

function outputRows({ slots }: ComputeOptions): number {
  return Math.max(slots, scoredRows);
}
