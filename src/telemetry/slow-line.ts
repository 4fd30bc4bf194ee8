import type { FinishedAnswer, OperationTrail } from "./operation-trail.js";
import { tenths } from "./tenths.js";

/** Where the time of a slow generation went. The parts are in order, and together they are `totalMs`. */
export interface SlowLine {
  readonly model: string;
  readonly stream: boolean;
  readonly totalMs: number;
  /** From the request's arrival to the first token; null where there is none. */
  readonly ttftMs: number | null;
  /** Until its body had been read. */
  readonly bodyMs: number;
  /** In front of the gate. */
  readonly waitedMs: number;
  readonly prepareMs: number;
  /** For a slot, in the engine. */
  readonly queueMs: number;
  readonly promptMs: number;
  readonly decodeMs: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
  readonly finishReason: string;
}

/** The line of an answer that took longer than so long since its request came; null where it did not. */
export function slowLine(
  { facts, arrivedMs, askedMs, admittedMs, preparedMs }: OperationTrail,
  { outcome, times }: FinishedAnswer,
  slowMs: number,
): SlowLine | null {
  const { startedMs, firstTokenMs, finishedMs } = times;
  if (slowMs === 0 || finishedMs - arrivedMs <= slowMs) return null;
  const enteredMs = admittedMs ?? askedMs;
  const readyMs = preparedMs ?? enteredMs;
  const promptEndedMs = firstTokenMs ?? finishedMs;
  return {
    model: facts.model,
    stream: facts.stream,
    totalMs: tenths(finishedMs - arrivedMs),
    ttftMs: firstTokenMs === null ? null : tenths(firstTokenMs - arrivedMs),
    bodyMs: tenths(askedMs - arrivedMs),
    waitedMs: tenths(enteredMs - askedMs),
    prepareMs: tenths(readyMs - enteredMs),
    queueMs: tenths(startedMs - readyMs),
    promptMs: tenths(promptEndedMs - startedMs),
    decodeMs: tenths(finishedMs - promptEndedMs),
    promptTokens: outcome.promptTokens,
    cachedTokens: outcome.cachedTokens,
    completionTokens: outcome.completionTokens,
    finishReason: outcome.finishReason,
  };
}
