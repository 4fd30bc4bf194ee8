/** What a device is asked for, before anything is loaded. Sizes are bytes. */
export interface DevicePlan {
  /** llama.cpp's name; `CPU` is the host's memory. */
  readonly device: string;
  /** `0-31`, `32-63, output`; empty where it holds none. */
  readonly layers: string;
  readonly weightsBytes: number;
  readonly kvCacheBytes: number;
  readonly computeBytes: number;
  /** Of the compute bytes, those that llama.cpp leaves out of what it says it has allocated. */
  readonly outputBytes: number;
  /** What llama.cpp does not count: the driver's own memory, workspaces, other processes' ups and downs. */
  readonly marginBytes: number;
  /** Free before the model is loaded. */
  readonly freeBytes: number;
  /** A tensor of the KV cache that is larger than the device takes one, however much is free. */
  readonly oversized: { readonly bytes: number; readonly limitBytes: number } | null;
}

/** One whole model on its devices, the host last. */
export interface ModelPlan {
  /** Null for a model that gives vectors or scores: it has no slots. */
  readonly slots: number | null;
  /** Of a slot, or of one text. */
  readonly contextTokens: number;
  readonly devices: readonly DevicePlan[];
}

const gibibyte = 2 ** 30;

/**
 * llama.cpp's own `--fit` leaves 1 GiB a device: a CUDA context takes about half of it, cuBLAS and the pools for kernels the
 * rest. Less on a small device, where that would be most of it.
 */
export function marginOf(totalBytes: number): number {
  return Math.min(gibibyte, 0.05 * totalBytes);
}

/** Weights, KV cache and compute buffers: what llama.cpp allocates. */
export function allocatedBytes({ weightsBytes, kvCacheBytes, computeBytes }: DevicePlan): number {
  return weightsBytes + kvCacheBytes + computeBytes;
}

/** What stays free; negative where the plan does not fit. */
export function leftBytes(plan: DevicePlan): number {
  return plan.freeBytes - plan.marginBytes - allocatedBytes(plan);
}

export function fits({ devices }: Pick<ModelPlan, "devices">): boolean {
  return devices.every((device) => leftBytes(device) >= 0 && device.oversized === null);
}

/** The plan of several whole models at a time, device by device. */
export function together(plans: readonly Pick<ModelPlan, "devices">[]): readonly DevicePlan[] {
  const byDevice = new Map<string, DevicePlan>();
  for (const plan of plans.flatMap(({ devices }) => devices)) {
    const known = byDevice.get(plan.device);
    byDevice.set(plan.device, known === undefined ? plan : sumOf(known, plan));
  }
  const host = (plan: DevicePlan): number => (plan.device === "CPU" ? 1 : 0);
  return [...byDevice.values()].sort((a, b) => host(a) - host(b));
}

function sumOf(a: DevicePlan, b: DevicePlan): DevicePlan {
  return {
    ...a,
    layers: a.layers === b.layers ? a.layers : [a.layers, b.layers].filter((text) => text !== "").join(" + "),
    weightsBytes: a.weightsBytes + b.weightsBytes,
    kvCacheBytes: a.kvCacheBytes + b.kvCacheBytes,
    computeBytes: a.computeBytes + b.computeBytes,
    outputBytes: a.outputBytes + b.outputBytes,
    oversized: a.oversized ?? b.oversized,
  };
}
