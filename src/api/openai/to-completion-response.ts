import { type AnswerIdentity, type FinishedAnswer, textOf } from "./answer.js";
import { bestAnswers, type ChoosingFields } from "./best-answers.js";
import { type EchoFields, echoesLogprobs } from "./completion-request.js";
import { toFinishReason } from "./finish-reason.js";
import { identityFields } from "./identity-fields.js";
import { responseEnd } from "./response-end.js";
import type { CompletionLogprobs, CompletionResponse } from "./responses.js";
import { TextLogprobs } from "./text-logprobs.js";

/**
 * A whole response. Thinking is not split off: a completion is the model's text as it is.
 *
 * @param answers all that were generated: the usage counts those too that are not returned
 */
export function toCompletionResponse(
  identity: AnswerIdentity,
  answers: readonly FinishedAnswer[],
  request: EchoFields & ChoosingFields,
): CompletionResponse {
  return {
    ...identityFields("text_completion", identity),
    choices: bestAnswers(answers, request).map((answer, index) => ({
      index,
      text: answer.prompt.echo + textOf(answer),
      logprobs: typeof request.logprobs === "number" ? logprobsOf(answer, echoesLogprobs(request)) : null,
      finish_reason: toFinishReason(answer.outcome),
    })),
    ...responseEnd(answers),
  };
}

function logprobsOf(answer: FinishedAnswer, echoHasTokens: boolean): CompletionLogprobs {
  const { pieces, prompt, promptLogprobs, outcome } = answer;
  const logprobs = new TextLogprobs(prompt.echo, echoHasTokens);
  logprobs.addPrompt(promptLogprobs);
  for (const piece of pieces) {
    if (typeof piece === "object") logprobs.add(piece);
    else logprobs.addText(piece);
  }
  return (
    logprobs.end(outcome.stopString) ?? { tokens: [], token_logprobs: [], top_logprobs: [], text_offset: [] }
  );
}
