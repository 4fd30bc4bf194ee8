import type { MemoryEstimate } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";
import { hostRange } from "./computed-plan.js";
import { describeLayers, splitLayers } from "./layer-split.js";
import { type DevicePlan, type ModelPlan, marginOf } from "./plan.js";

/**
 * The plan of one model on devices that are there, as llama.cpp itself works it out.
 *
 * @param hostFreeBytes of the host's memory, for models
 */
export function measuredPlan(
  estimate: MemoryEstimate,
  { slots, gpuLayers, tensorSplit }: Pick<LoadOptions, "slots" | "gpuLayers" | "tensorSplit">,
  hostFreeBytes: number,
): ModelPlan {
  const { layers, pooling, contextTokens, outputBytes } = estimate;
  const onDevices = estimate.devices.slice(0, -1);
  const shares = onDevices.map(({ freeBytes }, i) => {
    return tensorSplit.some((share) => share > 0) ? (tensorSplit[i] ?? 0) : freeBytes;
  });
  const ranges = splitLayers(layers, shares, gpuLayers);
  const devices = estimate.devices.map((device, i): DevicePlan => {
    const isHost = i === onDevices.length;
    return {
      device: device.device,
      layers: describeLayers(ranges[i] ?? hostRange(layers, ranges)),
      weightsBytes: device.modelBytes,
      kvCacheBytes: device.contextBytes,
      computeBytes: device.computeBytes,
      outputBytes: isHost ? outputBytes : 0,
      marginBytes: marginOf(isHost ? hostFreeBytes : device.totalBytes),
      freeBytes: isHost ? hostFreeBytes : device.freeBytes,
      oversized: null,
    };
  });
  return { slots: pooling === "none" ? slots : null, contextTokens, devices };
}
