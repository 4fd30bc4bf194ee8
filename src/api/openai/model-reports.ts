import { z } from "zod";
import type { ServedInstance, ServedModel, ServedState } from "../../registry/served-model.js";
import { swapEvent, toSwapEvent } from "./swap.js";

const states = [
  "unloaded",
  "loading",
  "ready",
  "unhealthy",
  "swapping",
  "failed",
] as const satisfies readonly ServedState[];

/** The answer to GET /admin/models. */
export const modelReport = z.object({
  object: z.literal("list"),
  data: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(["generation", "embedding", "rerank"]),
      state: z
        .enum(states)
        .describe('"swapping": it has no instance for now, and requests wait for the next one'),
      file: z.string().describe("The name of the file that serves, or did so last"),
      requests: z.int().describe("That hold an instance"),
      instances: z.array(
        z.object({
          file: z.string(),
          state: z
            .enum(["serving", "unhealthy", "leaving"])
            .describe('"leaving": new requests do not get it, and it is freed after its last one'),
          context_length: z.int(),
          slots: z.int(),
          memory: z.array(
            z.object({
              device: z.string(),
              weights_bytes: z.number(),
              kv_cache_bytes: z.number(),
              compute_bytes: z.number(),
            }),
          ),
        }),
      ),
      swap: swapEvent.nullable().describe("null where none is on"),
    }),
  ),
});

export type ModelReport = z.output<typeof modelReport>;

export function toModelReport(model: ServedModel): ModelReport["data"][number] {
  const { id, kind, state, facts, leases, instances, loaded, swapProgress } = model;
  return {
    id,
    kind,
    state,
    file: facts.fileName,
    requests: leases,
    instances: loaded.map((instance) => toInstance(instance, instances.includes(instance))),
    swap: swapProgress === null ? null : toSwapEvent(id, swapProgress),
  };
}

function toInstance(instance: ServedInstance, isOpen: boolean) {
  const { fileName, contextTokens, memory, isHealthy } = instance;
  const state = isOpen ? (isHealthy ? "serving" : "unhealthy") : "leaving";
  return {
    file: fileName,
    state: state satisfies string as "serving" | "unhealthy" | "leaving",
    context_length: contextTokens,
    slots: instance.kind === "generation" ? instance.slots : 0,
    memory: memory.map(({ device, modelBytes, contextBytes, computeBytes }) => ({
      device,
      weights_bytes: modelBytes,
      kv_cache_bytes: contextBytes,
      compute_bytes: computeBytes,
    })),
  };
}
