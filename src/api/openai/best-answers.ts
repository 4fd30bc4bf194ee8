import type { FinishedAnswer } from "./answer.js";
import type { CompletionRequest } from "./completion-request.js";

export type ChoosingFields = Pick<CompletionRequest, "n" | "best_of">;

/**
 * Of `best_of` answers to each prompt, the `n` that OpenAI's API calls the best: "the one with the highest log probability per
 * token". The best comes first; the end token counts as one of an answer's tokens.
 *
 * @param answers those to one prompt next to each other
 */
export function bestAnswers(
  answers: readonly FinishedAnswer[],
  { n, best_of }: ChoosingFields,
): readonly FinishedAnswer[] {
  const returned = n ?? 1;
  const generated = best_of ?? returned;
  if (generated <= returned) return answers;
  const best: FinishedAnswer[] = [];
  for (let first = 0; first < answers.length; first += generated) {
    const ranked = answers
      .slice(first, first + generated)
      .map((answer) => ({ answer, logprob: meanLogprob(answer) }))
      .sort((a, b) => b.logprob - a.logprob);
    best.push(...ranked.slice(0, returned).map(({ answer }) => answer));
  }
  return best;
}

/** An answer without a token says nothing for itself. */
function meanLogprob({ pieces }: FinishedAnswer): number {
  const logprobs = pieces.flatMap((piece) => (typeof piece === "object" ? piece.logprob : []));
  if (logprobs.length === 0) return Number.NEGATIVE_INFINITY;
  return logprobs.reduce((sum, logprob) => sum + logprob, 0) / logprobs.length;
}
