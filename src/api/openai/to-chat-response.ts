import { ReasoningSplitter } from "../../chat/reasoning-splitter.js";
import type { GenerationOutcome } from "../../engine/generation.js";
import type { ReasoningFormat } from "../../prompt/prompt.js";
import { type AnswerIdentity, toFinishReason, toUsage } from "./answer.js";
import type { ChatResponse } from "./responses.js";

/** A whole answer. `reasoning_content` is there only where the model thought. */
export function toChatResponse(
  identity: AnswerIdentity,
  text: string,
  format: ReasoningFormat | null,
  outcome: GenerationOutcome,
): ChatResponse {
  const splitter = new ReasoningSplitter(format);
  const body = splitter.push(text);
  const rest = splitter.end();
  const reasoning = body.reasoning + rest.reasoning;
  return {
    id: identity.id,
    object: "chat.completion",
    created: identity.createdSeconds,
    model: identity.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: body.content + rest.content,
          ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
          refusal: null,
        },
        logprobs: null,
        finish_reason: toFinishReason(outcome),
      },
    ],
    usage: toUsage(outcome),
  };
}
