import type { EngineCounters } from "../engine/engine-counters.js";
import type { ServedInstance } from "../registry/served-model.js";

/**
 * By device, the bytes of the KV cache that tokens are in: each instance's own part, since replicas lie on different devices. A
 * device that has a cache is there, an empty one too; a model without slots has none.
 */
export function cacheUseOf(
  instances: readonly (readonly [instance: ServedInstance, engine: EngineCounters | null])[],
): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>();
  for (const [instance, engine] of instances) {
    if (instance.kind !== "generation" || engine?.kind !== "generation") continue;
    const capacityTokens = instance.slots * instance.contextTokens;
    const heldTokens = engine.slotTable.reduce((sum, { cachedTokens }) => sum + cachedTokens, 0);
    for (const { device, contextBytes } of instance.memory) {
      if (contextBytes === 0) continue;
      bytes.set(device, (bytes.get(device) ?? 0) + (contextBytes * heldTokens) / capacityTokens);
    }
  }
  return bytes;
}
