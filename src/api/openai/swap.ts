import { z } from "zod";
import type {
  LoadChanges,
  SwapMode,
  SwapOrder,
  SwapProgress,
  SwapResult,
  SwapStage,
} from "../../registry/swap-order.js";

const modes = ["auto", "beside", "drain"] as const satisfies readonly SwapMode[];
const stages = [
  "checking",
  "loading",
  "proving",
  "draining",
  "restoring",
] as const satisfies readonly SwapStage[];

/** A request waits 60 s for its turn unless the server is told otherwise: half of that is left for the loading. */
const drainSeconds = 30;

/** contextLimit and slotLimit of llama/options.ts, whose values this layer does not import: test/api/swap-limits.test.ts. */
const mostContext = 2 ** 24;
const mostSlots = 256;

/** The body of POST /admin/models/{id}/swap. */
export const swapRequest = z.looseObject({
  model: z
    .string()
    .min(1)
    .describe("The GGUF file that is to serve under the model's name: a path on the server, whatever it is"),
  mode: z
    .enum(modes)
    .nullish()
    .describe(
      '"beside" loads the new file while the old one serves. "drain" frees the old one first, when its requests have ended, and new ones wait meanwhile. "auto", the default, is beside where both fit',
    ),
  ctx_size: z.int().min(1).max(mostContext).nullish().describe("Tokens of a slot, where they are to change"),
  parallel: z.int().min(1).max(mostSlots).nullish().describe("Slots, where their number is to change"),
  drain_seconds: z
    .number()
    .min(0)
    .max(86_400)
    .nullish()
    .describe(
      `How long the requests of the old file are waited for; ${drainSeconds} where it is left out. Then, with "drain", it is kept after all, and with "beside" it is left to them`,
    ),
  stream: z
    .boolean()
    .nullish()
    .describe("Server-sent events while it goes on; so does `accept: text/event-stream`"),
});

export type SwapRequest = z.output<typeof swapRequest>;

/** The answer, and the last event of a stream: `done`. */
export const swapReport = z.object({
  object: z.literal("model.swap"),
  model: z.string(),
  mode: z.enum(["beside", "drain"]),
  from: z.string().nullable().describe("The name of the file that served until now; null where none did"),
  to: z.string(),
  freed: z.boolean().describe("Whether the old file is"),
  kept_by: z
    .string()
    .nullable()
    .describe(
      "Why the old file is not freed yet: its requests still run after `drain_seconds`, or its engine hangs; it is freed when they, or it, have ended. null where it is freed",
    ),
  seconds: z.number().describe("Until the old one was freed, or was left to itself"),
});

/** An event `progress` of a stream. */
export const swapEvent = z.object({
  object: z.literal("model.swap.progress"),
  model: z.string(),
  to: z.string().describe("The new file's name"),
  mode: z.enum(["beside", "drain"]).nullable().describe("null before it is decided"),
  stage: z
    .enum(stages)
    .describe(
      '"draining": the last requests of the old file run. "restoring": the new one was of no use, and the old one is loaded again',
    ),
  progress: z.number().describe("Of the loading, 0 to 1"),
  requests: z.int().describe("That hold an instance of the model"),
  seconds: z.number(),
});

export type SwapReport = z.output<typeof swapReport>;
export type SwapEvent = z.output<typeof swapEvent>;

/** @param located the file that the request names, and what comes with it */
export function toSwapOrder(
  { mode, ctx_size, parallel, drain_seconds }: SwapRequest,
  located: LoadChanges,
): SwapOrder {
  return {
    changes: {
      ...located,
      ...(typeof ctx_size === "number" ? { contextTokens: ctx_size } : {}),
      ...(typeof parallel === "number" ? { slots: parallel } : {}),
    },
    mode: mode ?? "auto",
    drainMs: 1000 * (drain_seconds ?? drainSeconds),
  };
}

export function toSwapReport(model: string, { mode, from, to, keptBy, seconds }: SwapResult): SwapReport {
  return { object: "model.swap", model, mode, from, to, freed: keptBy === null, kept_by: keptBy, seconds };
}

export function toSwapEvent(
  model: string,
  { fileName, mode, stage, fraction, leases, seconds }: SwapProgress,
): SwapEvent {
  return {
    object: "model.swap.progress",
    model,
    to: fileName,
    mode,
    stage,
    progress: Math.floor(fraction * 100) / 100,
    requests: leases,
    seconds,
  };
}
