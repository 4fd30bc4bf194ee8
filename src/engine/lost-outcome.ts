import type { GenerationFailure, GenerationOutcome } from "./generation.js";

/** The outcome of a generation that no engine computes: none was asked, or it is gone. Without a failure it was cancelled. */
export function lostOutcome(promptTokens: number, failure: GenerationFailure | null): GenerationOutcome {
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
