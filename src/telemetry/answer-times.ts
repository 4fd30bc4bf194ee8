import type { GenerationOutcome } from "../engine/generation.js";

/** When an answer's parts began, on the main thread's clock; each follows on the one before. */
export interface AnswerTimes {
  readonly submittedMs: number;
  /** It got its slot; its end, where it never did. */
  readonly startedMs: number;
  /** Null where there is none. */
  readonly firstTokenMs: number | null;
  readonly finishedMs: number;
}

/**
 * The engine tells how long the parts took, on its own clock. They are counted back from the end, which the main thread hears
 * of at once; what comes before the slot then also has the wait for the step that runs while a request is handed over.
 */
export function answerTimes(
  { promptMs, decodeMs, completionTokens }: GenerationOutcome,
  submittedMs: number,
  finishedMs: number,
): AnswerTimes {
  const promptEndedMs = Math.max(submittedMs, finishedMs - decodeMs);
  const startedMs = Math.max(submittedMs, promptEndedMs - promptMs);
  return { submittedMs, startedMs, firstTokenMs: completionTokens > 0 ? promptEndedMs : null, finishedMs };
}
