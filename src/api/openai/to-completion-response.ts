import type { GenerationOutcome } from "../../engine/generation.js";
import { type AnswerIdentity, toFinishReason, toUsage } from "./answer.js";
import type { CompletionResponse } from "./responses.js";

/** A whole answer. Thinking is not split off: a completion is the model's text as it is. */
export function toCompletionResponse(
  identity: AnswerIdentity,
  text: string,
  outcome: GenerationOutcome,
): CompletionResponse {
  return {
    id: identity.id,
    object: "text_completion",
    created: identity.createdSeconds,
    model: identity.model,
    choices: [{ index: 0, text, logprobs: null, finish_reason: toFinishReason(outcome) }],
    usage: toUsage(outcome),
  };
}
