import type { SampledLogprob } from "../../engine/generation.js";
import { type AnswerIdentity, type FinishedAnswer, textOf } from "./answer.js";
import { toFinishReason } from "./finish-reason.js";
import { identityFields } from "./identity-fields.js";
import { responseEnd } from "./response-end.js";
import type { CompletionResponse } from "./responses.js";
import { toCompletionLogprobs } from "./to-logprobs.js";

/**
 * A whole response. Thinking is not split off: a completion is the model's text as it is.
 *
 * @param echoes what each choice's text begins with: its prompt, or nothing
 */
export function toCompletionResponse(
  identity: AnswerIdentity,
  answers: readonly FinishedAnswer[],
  echoes: readonly string[],
): CompletionResponse {
  return {
    ...identityFields("text_completion", identity),
    choices: answers.map((answer, index) => {
      const echo = echoes[index] ?? "";
      const tokens = answer.pieces.filter((piece): piece is SampledLogprob => typeof piece === "object");
      return {
        index,
        text: echo + textOf(answer),
        logprobs: answer.hasLogprobs ? toCompletionLogprobs(tokens, echo.length) : null,
        finish_reason: toFinishReason(answer.outcome),
      };
    }),
    ...responseEnd(answers),
  };
}
