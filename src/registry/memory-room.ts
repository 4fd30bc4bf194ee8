import { WeirError } from "../errors.js";
import type { DeviceMemory, MemoryEstimate } from "../llama/addon.js";

/** What there is for a model that is to be loaded. */
export interface MemoryRoom {
  /** What models may take of the host's memory together; null: what there is. */
  readonly limitBytes: number | null;
  /** What they take of it now. */
  readonly usedBytes: number;
  /** What will be free before it is loaded, since it takes the place of something. */
  readonly freed: readonly DeviceMemory[];
}

/** Why what is planned does not fit, with the numbers of the first device that is too small; null where it fits. */
export function shortageOf(
  plan: MemoryEstimate,
  { limitBytes, usedBytes, freed }: MemoryRoom,
): string | null {
  for (const planned of plan.devices) {
    const { device } = planned;
    const needed = totalOf(planned);
    const released = freed
      .filter((use) => isSame(use.device, device))
      .reduce((sum, use) => sum + totalOf(use), 0);
    const free = (isHost(device) ? process.availableMemory() : planned.freeBytes) + released;
    if (needed > free) {
      return `it takes ${mib(needed)} on ${device} (weights, KV cache and compute buffers), which has ${mib(free)} for it.`;
    }
    const used = usedBytes - released;
    if (isHost(device) && limitBytes !== null && used + needed > limitBytes) {
      return `it takes ${mib(needed)} of the host's memory beside ${mib(used)} that models take then: memory-limit is ${mib(limitBytes)}.`;
    }
  }
  return null;
}

/**
 * What several models would take together that are loaded at the same time.
 *
 * @param refusal why there is none to ask llama.cpp about
 * @throws WeirError `context_failed` where there is none
 */
export function allTogether(estimates: readonly MemoryEstimate[], refusal: string | null): MemoryEstimate {
  const [first] = estimates;
  if (first === undefined) throw new WeirError("context_failed", refusal ?? "it can't be planned.");
  const devices = new Map<string, MemoryEstimate["devices"][number]>();
  for (const use of estimates.flatMap((estimate) => estimate.devices)) {
    const { modelBytes, contextBytes, computeBytes } = devices.get(use.device) ?? nothing;
    devices.set(use.device, {
      ...use,
      modelBytes: use.modelBytes + modelBytes,
      contextBytes: use.contextBytes + contextBytes,
      computeBytes: use.computeBytes + computeBytes,
    });
  }
  return { ...first, devices: [...devices.values()] };
}

const nothing = { modelBytes: 0, contextBytes: 0, computeBytes: 0 };

/** Of the host's memory. */
export function hostBytes(uses: readonly DeviceMemory[]): number {
  return uses.filter(({ device }) => isHost(device)).reduce((sum, use) => sum + totalOf(use), 0);
}

function isSame(device: string, other: string): boolean {
  return device === other || (isHost(device) && isHost(other));
}

/** llama.cpp names what was allocated by buffer type: `CPU`, `CPU_Mapped`, `CPU_REPACK`, `CUDA_Host`. */
function isHost(device: string): boolean {
  return device.startsWith("CPU") || device.endsWith("_Host");
}

function totalOf({ modelBytes, contextBytes, computeBytes }: DeviceMemory): number {
  return modelBytes + contextBytes + computeBytes;
}

const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
