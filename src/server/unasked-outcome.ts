import type { GenerationFailure, GenerationOutcome } from "../engine/generation.js";

/** The outcome of an answer that no engine was ever asked for; null: its request was cancelled. */
export function unaskedOutcome(promptTokens: number, failure: GenerationFailure | null): GenerationOutcome {
  return {
    finishReason: failure === null ? "cancelled" : "error",
    stopString: null,
    failure,
    promptTokens,
    cachedTokens: 0,
    completionTokens: 0,
    reasoningTokens: 0,
    queueMs: 0,
    promptMs: 0,
    decodeMs: 0,
  };
}
