import type { GenerationOutcome } from "../../engine/generation.js";
import type { Usage } from "./responses.js";

/** What every chunk of one answer repeats. */
export interface AnswerIdentity {
  readonly id: string;
  readonly createdSeconds: number;
  readonly model: string;
}

export function toUsage(outcome: GenerationOutcome): Usage {
  return {
    prompt_tokens: outcome.promptTokens,
    completion_tokens: outcome.completionTokens,
    total_tokens: outcome.promptTokens + outcome.completionTokens,
    prompt_tokens_details: { cached_tokens: outcome.cachedTokens },
  };
}

/** Of an answer that came to its end; one that failed or was cancelled has no OpenAI finish reason. */
export function toFinishReason(outcome: GenerationOutcome): "stop" | "length" {
  return outcome.finishReason === "length" ? "length" : "stop";
}
