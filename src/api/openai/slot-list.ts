import { z } from "zod";
import type { SlotStatus } from "../../engine/stats.js";
import type { ModelFacts } from "../../registry/served-model.js";

/** The query of GET /slots. */
export const slotsQuery = z.looseObject({
  model: z.string().optional(),
  fail_on_no_slot: z.string().optional().describe("Answers 503 where all slots are busy"),
});

/** The answer to GET /slots: numbers only, since whoever asks sees the slots of all. */
export const slotList = z.array(
  z.object({
    id: z.int(),
    n_ctx: z.int().describe("Tokens that the slot holds, prompt and answer together"),
    speculative: z.literal(false),
    is_processing: z.boolean(),
    state: z
      .enum(["idle", "prompt", "decode"])
      .describe("Weir's own; an idle slot keeps its tokens for the next request"),
    n_prompt_tokens: z.int().describe("Tokens in the slot's KV cache, of an answer too"),
    n_prompt_tokens_processed: z
      .int()
      .optional()
      .describe("Of a running request's prompt, what was computed"),
    n_prompt_tokens_cache: z
      .int()
      .optional()
      .describe("Of a running request's prompt, what was found in a cache"),
    next_token: z
      .array(
        z.object({
          has_next_token: z.boolean(),
          n_decoded: z.int(),
          n_remain: z.int().describe("Until the request's limit"),
        }),
      )
      .optional()
      .describe("One entry, of a running request"),
  }),
);

export type SlotList = z.output<typeof slotList>;

export function toSlotList({ contextTokens }: ModelFacts, slots: readonly SlotStatus[]): SlotList {
  return slots.map(({ slot, state, cachedTokens, request }) => ({
    id: slot,
    n_ctx: contextTokens,
    speculative: false,
    is_processing: request !== null,
    state,
    n_prompt_tokens: cachedTokens,
    ...(request === null ? {} : progressOf(request, cachedTokens)),
  }));
}

function progressOf(request: NonNullable<SlotStatus["request"]>, cachedTokens: number): object {
  const { promptTokens, reusedTokens, completionTokens, maxTokens } = request;
  const remaining = maxTokens - completionTokens;
  return {
    n_prompt_tokens_processed: Math.min(cachedTokens, promptTokens) - reusedTokens,
    n_prompt_tokens_cache: reusedTokens,
    next_token: [{ has_next_token: remaining > 0, n_decoded: completionTokens, n_remain: remaining }],
  };
}
