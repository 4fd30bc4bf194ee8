import type { DeviceMemory } from "../llama/addon.js";
import type { ServedFacts, ServedInstance } from "./served-model.js";

/**
 * What is said of a model.
 *
 * @param instances those that new requests get, of one file; their slots are added up
 * @param loaded all that take memory
 * @param last what was said before, which goes on where there are no instances
 */
export function factsOf(
  instances: readonly ServedInstance[],
  loaded: readonly ServedInstance[],
  last: ServedFacts | null,
): ServedFacts | null {
  const memory = perDevice(loaded.flatMap((instance) => instance.memory));
  const [first] = instances;
  if (first === undefined) return last === null ? null : { ...last, memory };
  const { kind, fileName, llamaCppRelease, createdAtSeconds } = first;
  const { contextTokens, vocabularySize, modelBytes, parameters, sampling = null } = first;
  return {
    ...{ kind, fileName, llamaCppRelease, createdAtSeconds },
    ...{ contextTokens, vocabularySize, modelBytes, parameters, sampling },
    slots: instances.reduce((sum, instance) => sum + slotsOf(instance), 0),
    width: first.kind === "generation" ? 0 : first.width,
    memory,
  };
}

function slotsOf(instance: ServedInstance): number {
  return instance.kind === "generation" ? instance.slots : 0;
}

function perDevice(uses: readonly DeviceMemory[]): DeviceMemory[] {
  const sums = new Map<string, DeviceMemory>();
  for (const use of uses) {
    const sum = sums.get(use.device);
    sums.set(use.device, {
      device: use.device,
      modelBytes: use.modelBytes + (sum?.modelBytes ?? 0),
      contextBytes: use.contextBytes + (sum?.contextBytes ?? 0),
      computeBytes: use.computeBytes + (sum?.computeBytes ?? 0),
    });
  }
  return [...sums.values()];
}
