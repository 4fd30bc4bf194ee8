import type { StepEvents } from "../engine/step-events.js";

/**
 * Whether events show that a pass worked. Not all come of passes: who got a slot, was cancelled or is refused is told as well,
 * and so is a scored prompt's first token, which nothing is computed for.
 */
export function showsWork(events: StepEvents): boolean {
  return (
    events.texts.length > 0 ||
    events.logprobs.length > 0 ||
    events.progress.length > 0 ||
    events.promptLogprobs.some((tokens) => tokens.some(({ logprob }) => logprob !== null)) ||
    events.outcomes.some(
      ({ finishReason, completionTokens }) =>
        completionTokens > 0 && (finishReason === "stop" || finishReason === "length"),
    )
  );
}
