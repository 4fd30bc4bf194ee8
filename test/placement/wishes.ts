import type { PlannedDevice } from "#weir/placement/computed-plan.js";
import type { Wish } from "#weir/placement/wish.js";

export function gpu(name: string, freeBytes: number, totalBytes = freeBytes): PlannedDevice {
  return { name, freeBytes, totalBytes, largestTensorBytes: Number.POSITIVE_INFINITY };
}

export function hostOf(freeBytes: number): PlannedDevice {
  return gpu("CPU", freeBytes);
}

export function wishOf(changes: Partial<Wish> = {}): Wish {
  return {
    placement: "split",
    mainGpu: 0,
    slots: 8,
    contextTokens: 8192,
    microBatchTokens: 512,
    flashAttention: "auto",
    cacheTypeK: "f16",
    cacheTypeV: "f16",
    tensorSplit: [],
    gpuLayers: -1,
    ...changes,
  };
}
