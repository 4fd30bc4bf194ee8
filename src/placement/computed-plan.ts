import type { CacheType, FlashAttentionMode } from "../llama/options.js";
import { deviceComputeBytes, hostComputeBytes, inputCopies, outputBytes } from "./compute-bytes.js";
import { cacheBytesPerToken, cellsOf, largestCacheTensorBytes } from "./kv-cache-bytes.js";
import { describeLayers, type LayerRange, layerCount, splitLayers } from "./layer-split.js";
import { largestOfFirst, type ModelShape, probedOutputBytes, weightsByPlace } from "./model-shape.js";
import { type DevicePlan, type ModelPlan, marginOf } from "./plan.js";

/** A device as far as placing goes. */
export interface PlannedDevice {
  readonly name: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** No tensor may be larger; Infinity where only memory limits it. */
  readonly largestTensorBytes: number;
}

/** What is asked of one model that generates. */
export interface PlanOptions {
  readonly slots: number;
  readonly contextTokens: number;
  readonly microBatchTokens: number;
  readonly flashAttention: FlashAttentionMode;
  readonly cacheTypeK: CacheType;
  readonly cacheTypeV: CacheType;
  /** One a device; empty is by free memory. */
  readonly tensorSplit: readonly number[];
  readonly gpuLayers: number;
}

/** A part of a model: some layers, perhaps the output. */
interface Part {
  readonly range: LayerRange;
  readonly weightsBytes: number;
  readonly kvCacheBytes: number;
  readonly largestCacheTensor: number;
}

/**
 * The plan of a transformer's model out of its shape alone, for devices that need not be there: what llama.cpp v0.5.0 would
 * allocate, its compute buffers as an upper bound. For devices that are there, llama.cpp says it better (measured-plan.ts).
 *
 * @param devices GPUs, in llama.cpp's order; none is the host alone
 */
export function computedPlan(
  shape: ModelShape,
  devices: readonly PlannedDevice[],
  host: PlannedDevice,
  options: PlanOptions,
): ModelPlan {
  const weights = weightsByPlace(shape);
  const cells = cellsOf(options.contextTokens);
  const compute = { ...options, cells };
  const largestCacheTensor = options.slots * largestCacheTensorBytes(shape, cells, options);
  const partOf = (range: LayerRange): Part => ({
    range,
    weightsBytes:
      sumOver(range, (layer) => weights.layers[layer] ?? 0) + (range.hasOutput ? weights.output : 0),
    kvCacheBytes: sumOver(
      range,
      (layer) => options.slots * cells * cacheBytesPerToken(shape, layer, options),
    ),
    largestCacheTensor: layerCount({ ...range, hasOutput: false }) > 0 ? largestCacheTensor : 0,
  });

  const ranges = rangesOf(shape, devices, options);
  const atHost = hostRange(shape.layers, ranges);
  const first = ranges.findIndex((range) => layerCount(range) > 0);
  const hostLayers = layerCount({ ...atHost, hasOutput: false });
  const copies = inputCopies(devices.length, hostLayers);
  const borrowedFrom = (limit: number): number => {
    if (hostLayers > 0) return largestOfFirst(hostLayers, shape);
    return atHost.hasOutput && weights.output <= limit ? copies * weights.output : 0;
  };
  const plans = devices.map((device, i): DevicePlan => {
    const range = ranges[i] ?? { first: 0, last: -1, hasOutput: false };
    if (layerCount(range) === 0) return planOf(device, partOf(range), 0);
    const borrowedBytes = i === first ? borrowedFrom(device.largestTensorBytes) : 0;
    const computeBytes = deviceComputeBytes(shape, compute, {
      copies,
      isFirst: i === first,
      hasOutput: range.hasOutput || borrowedBytes > 0,
      copiesCache: device.name.startsWith("CUDA"),
      borrowedBytes,
    });
    return planOf(device, partOf(range), computeBytes);
  });
  const rest = partOf(atHost);
  const ofHost = {
    ...rest,
    weightsBytes: rest.weightsBytes + weights.input - (atHost.hasOutput ? weights.tied : 0),
  };
  const place = {
    ...{ devices: first < 0 ? 0 : devices.length, copies },
    ...{ layers: hostLayers, hasOutput: atHost.hasOutput },
  };
  const hostPlan = {
    ...planOf(host, ofHost, hostComputeBytes(shape, compute, place)),
    outputBytes: outputBytes(shape, compute),
  };
  return { slots: options.slots, contextTokens: options.contextTokens, devices: [...plans, hostPlan] };
}

/** As llama.cpp cuts; a device that can't take the output leaves it to the host. */
function rangesOf(
  shape: ModelShape,
  devices: readonly PlannedDevice[],
  options: PlanOptions,
): readonly LayerRange[] {
  const output = Math.max(probedOutputBytes(shape), weightsByPlace(shape).output);
  return splitLayers(shape.layers, sharesOf(devices, options), options.gpuLayers).map((range, i) => ({
    ...range,
    hasOutput: range.hasOutput && output <= (devices[i]?.largestTensorBytes ?? 0),
  }));
}

/** llama.cpp's own where none are asked for: by free memory. */
export function sharesOf(
  devices: readonly PlannedDevice[],
  { tensorSplit }: Pick<PlanOptions, "tensorSplit">,
): readonly number[] {
  const isGiven = tensorSplit.some((share) => share > 0);
  return devices.map(({ freeBytes }, i) => (isGiven ? (tensorSplit[i] ?? 0) : freeBytes));
}

function planOf(device: PlannedDevice, part: Part, computeBytes: number): DevicePlan {
  const { largestCacheTensor: bytes } = part;
  const limitBytes = device.largestTensorBytes;
  return {
    device: device.name,
    layers: describeLayers(part.range),
    weightsBytes: part.weightsBytes,
    kvCacheBytes: part.kvCacheBytes,
    computeBytes,
    outputBytes: 0,
    marginBytes: marginOf(device.totalBytes),
    freeBytes: device.freeBytes,
    oversized: bytes > limitBytes ? { bytes, limitBytes } : null,
  };
}

/** The layers that no device has: the first ones, and the output only where there are no devices. */
export function hostRange(layers: number, ranges: readonly LayerRange[]): LayerRange {
  const firsts = ranges.filter(({ first, last }) => last >= first).map(({ first }) => first);
  const hasOutput = !ranges.some((range) => range.hasOutput);
  return { first: 0, last: Math.min(layers, ...firsts) - 1, hasOutput };
}

function sumOver({ first, last }: LayerRange, bytesOf: (layer: number) => number): number {
  let sum = 0;
  for (let layer = first; layer <= last; layer++) sum += bytesOf(layer);
  return sum;
}
