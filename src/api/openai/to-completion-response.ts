import { type AnswerIdentity, type FinishedAnswer, textOf } from "./answer.js";
import { toFinishReason } from "./finish-reason.js";
import { identityFields } from "./identity-fields.js";
import { responseEnd } from "./response-end.js";
import type { CompletionLogprobs, CompletionResponse } from "./responses.js";
import { TextLogprobs } from "./text-logprobs.js";

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
      return {
        index,
        text: echo + textOf(answer),
        logprobs: logprobsOf(answer, echo),
        finish_reason: toFinishReason(answer.outcome),
      };
    }),
    ...responseEnd(answers),
  };
}

/** Null where none were asked for. */
function logprobsOf({ pieces, hasLogprobs }: FinishedAnswer, echo: string): CompletionLogprobs | null {
  if (!hasLogprobs) return null;
  const logprobs = new TextLogprobs(echo);
  for (const piece of pieces) {
    if (typeof piece === "object") logprobs.add(piece);
    else logprobs.addText(piece);
  }
  return logprobs.take() ?? { tokens: [], token_logprobs: [], top_logprobs: [], text_offset: [] };
}
