import { WeirError } from "../errors.js";
import type { MemoryEstimate } from "./addon.js";

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

const slotRemedy =
  "fewer slots (--parallel), shorter ones (--ctx-size) or a smaller KV cache type (--cache-type-k, --cache-type-v)";

/**
 * Refuses a context that does not fit, once the weights are loaded: llama.cpp fills the KV cache with zeros, so that the
 * kernel would kill the process instead of failing the allocation.
 *
 * @throws WeirError `context_failed` with the numbers of the first device that is too small
 */
export function checkMemory(estimate: MemoryEstimate, remedy = slotRemedy): void {
  for (const { device, contextBytes, computeBytes, freeBytes } of estimate.devices) {
    const free = device === "CPU" ? process.availableMemory() : freeBytes;
    const needed = contextBytes + computeBytes;
    if (needed > free) {
      throw new WeirError(
        "context_failed",
        `the KV cache (${gib(contextBytes)}) and the compute buffers (${gib(computeBytes)}) do not fit on ${device}, which has ` +
          `${gib(free)} free beside the weights; ask for ${remedy}`,
      );
    }
  }
}
