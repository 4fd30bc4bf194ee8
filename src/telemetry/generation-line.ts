import type { GenerationOutcome } from "../engine/generation.js";
import { tenths } from "./tenths.js";

/** What the log says about one generation. The request's id comes with the logger. */
export interface GenerationLine {
  readonly model: string;
  readonly stream: boolean;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
  readonly prepareMs: number;
  readonly queueMs: number;
  readonly promptMs: number;
  readonly decodeMs: number;
  readonly finishReason: string;
}

export interface GenerationFacts {
  readonly model: string;
  readonly stream: boolean;
  /** In front of the gate; the engine's own queue is in the outcome. */
  readonly waitedMs: number;
  readonly prepareMs: number;
}

/** Names its fields one by one, so that a field that is added to an outcome never lands in the log unseen. */
export function generationLine(facts: GenerationFacts, outcome: GenerationOutcome): GenerationLine {
  return {
    model: facts.model,
    stream: facts.stream,
    promptTokens: outcome.promptTokens,
    cachedTokens: outcome.cachedTokens,
    completionTokens: outcome.completionTokens,
    prepareMs: tenths(facts.prepareMs),
    queueMs: tenths(facts.waitedMs + outcome.queueMs),
    promptMs: tenths(outcome.promptMs),
    decodeMs: tenths(outcome.decodeMs),
    finishReason: outcome.finishReason,
  };
}
