import { z } from "zod";
import type { SlotStatus } from "../../engine/stats.js";
import type { Usage } from "../../gate/account.js";
import type { GateStatus } from "../../gate/gate-status.js";
import type { KeyLimits } from "../../gate/key-limits.js";

const counts = z.object({ requests: z.int(), tokens: z.int() });
const limit = z.int().nullable();

/** The answer to GET /admin/usage. */
export const usageReport = z.object({
  object: z.literal("list"),
  data: z.array(
    z.object({
      key: z.string().describe("The key's name; empty where there are no keys"),
      requests: z.int().describe("Since the server started, as all that follows: those that were let in"),
      open: z.int().describe("Requests that wait or run now"),
      prompt_tokens: z.int(),
      cached_tokens: z.int().describe("Prompt tokens found in a cache"),
      completion_tokens: z.int(),
      total_tokens: z.int(),
      refused: z.record(z.string(), z.int()).describe("Requests that were not let in, by their error's code"),
      last_minute: counts,
      last_day: counts,
      weight: z.number().nullable().describe("null where the key is gone"),
      priority: z.string().nullable(),
      limits: z
        .object({
          requests_per_minute: limit,
          requests_per_day: limit,
          tokens_per_minute: limit,
          tokens_per_day: limit,
          concurrency: limit,
        })
        .nullable(),
    }),
  ),
});

/** The answer to GET /admin/queue. */
export const queueReport = z.object({
  object: z.literal("list"),
  data: z.array(
    z.object({
      model: z.string(),
      lanes: z
        .array(
          z.object({
            lane: z.enum(["answers", "vectors", "texts"]),
            places: z.int().describe("Answers or texts that are let in at the same time"),
            busy: z.int(),
            prepared: z
              .int()
              .describe(
                "Of the busy ones, those that have no slot yet: they wait in the engine, or for their prompt",
              ),
            queue_size: z.int(),
            queue_tokens: z.int(),
            waiting: z.int(),
            waiting_tokens: z.int().describe("Of their prompts, as far as can be told"),
            requests_per_second: z
              .number()
              .nullable()
              .describe("As measured; null before the first has ended"),
            keys: z.array(
              z.object({
                key: z.string(),
                running: z.int().describe("Answers with a slot; texts that the engine has"),
                prepared: z.int(),
                waiting: z.int().describe("In front of the gate"),
                longest_wait_ms: z.number(),
              }),
            ),
          }),
        )
        .describe("Those that somebody has used"),
    }),
  ),
});

/** The answer to GET /admin/slots: numbers and names of keys, never a text. */
export const slotReport = z.object({
  object: z.literal("list"),
  data: z
    .array(
      z.object({
        model: z.string(),
        slots: z.array(
          z.object({
            slot: z.int(),
            state: z.enum(["idle", "prompt", "decode"]),
            held_tokens: z
              .int()
              .describe("Tokens in the slot's KV cache; an idle slot keeps them for the next request"),
            request: z
              .object({
                key: z.string().describe("Whose it is; empty where there are no keys"),
                age_ms: z.number().describe("Since it got the slot"),
                prompt_tokens: z.int(),
                cached_tokens: z.int().describe("Prompt tokens found in a cache"),
                completion_tokens: z.int(),
                max_tokens: z.int().describe("The answer's limit"),
              })
              .nullable()
              .describe("null where the slot is idle"),
          }),
        ),
      }),
    )
    .describe("The models that generate text; others have no slots"),
});

export type UsageReport = z.output<typeof usageReport>;
export type QueueReport = z.output<typeof queueReport>;
export type SlotReport = z.output<typeof slotReport>;

/** What the report says of a key beside its usage. */
export interface ReportedKey {
  readonly id: string;
  readonly weight: number;
  readonly priority: string;
  readonly limits: KeyLimits;
}

export interface ReportedLane extends GateStatus {
  readonly lane: "answers" | "vectors" | "texts";
}

export function toUsageReport(
  id: string,
  usage: Usage,
  key: ReportedKey | null,
): UsageReport["data"][number] {
  return {
    key: id,
    requests: usage.requests,
    open: usage.open,
    prompt_tokens: usage.promptTokens,
    cached_tokens: usage.cachedTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    refused: usage.refused,
    last_minute: usage.lastMinute,
    last_day: usage.lastDay,
    weight: key?.weight ?? null,
    priority: key?.priority ?? null,
    limits: key === null ? null : toLimits(key.limits),
  };
}

export function toQueueReport(model: string, lanes: readonly ReportedLane[]): QueueReport["data"][number] {
  return {
    model,
    lanes: lanes.map((status) => ({
      lane: status.lane,
      places: status.places,
      busy: status.busy,
      prepared: status.prepared,
      queue_size: status.queueSize,
      queue_tokens: status.queueTokens,
      waiting: status.waiting,
      waiting_tokens: status.waitingTokens,
      requests_per_second: status.requestsPerSecond,
      keys: status.flows.map(({ id, running, prepared, waiting, longestWaitMs }) => ({
        key: id,
        running,
        prepared,
        waiting,
        longest_wait_ms: Math.round(longestWaitMs),
      })),
    })),
  };
}

export function toSlotReport(model: string, slots: readonly SlotStatus[]): SlotReport["data"][number] {
  return {
    model,
    slots: slots.map(({ slot, state, cachedTokens, request }) => ({
      slot,
      state,
      held_tokens: cachedTokens,
      request:
        request === null
          ? null
          : {
              key: request.tenant,
              age_ms: Math.round(request.ageMs),
              prompt_tokens: request.promptTokens,
              cached_tokens: request.reusedTokens,
              completion_tokens: request.completionTokens,
              max_tokens: request.maxTokens,
            },
    })),
  };
}

function toLimits(limits: KeyLimits) {
  return {
    requests_per_minute: limits.requestsPerMinute,
    requests_per_day: limits.requestsPerDay,
    tokens_per_minute: limits.tokensPerMinute,
    tokens_per_day: limits.tokensPerDay,
    concurrency: limits.concurrency,
  };
}
