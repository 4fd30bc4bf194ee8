import type { EngineCounters } from "../engine/engine-counters.js";
import type { ServedInstance } from "./served-model.js";

/** All that an instance's engine has counted, between two steps. Rejects where it can't be asked. */
export async function countersOf(instance: ServedInstance): Promise<EngineCounters> {
  return instance.kind === "generation"
    ? { kind: "generation", ...(await instance.inspect()) }
    : { kind: "embedding", stats: await instance.stats() };
}
