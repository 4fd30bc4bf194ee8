import type { GenerationOutcome } from "../../engine/generation.js";
import type { PreparedPrompt } from "../../prompt/prompt.js";
import type { Timings, Usage } from "./responses.js";

export interface CountedAnswer {
  readonly prompt: PreparedPrompt;
  readonly outcome: GenerationOutcome;
}

/** A prompt with several answers counts once. */
export function toUsage(answers: readonly CountedAnswer[]): Usage {
  const firstAnswers = answers.filter(
    ({ prompt }, index) => answers.findIndex((other) => other.prompt === prompt) === index,
  );
  const promptTokens = sum(firstAnswers, ({ outcome }) => outcome.promptTokens);
  const completionTokens = sum(answers, ({ outcome }) => outcome.completionTokens);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: sum(firstAnswers, ({ outcome }) => outcome.cachedTokens) },
    completion_tokens_details: { reasoning_tokens: sum(answers, ({ outcome }) => outcome.reasoningTokens) },
  };
}

/** llama-server's times of one answer. */
export function toTimings(outcome: GenerationOutcome): Timings {
  const computed = outcome.promptTokens - outcome.cachedTokens;
  return {
    cache_n: outcome.cachedTokens,
    prompt_n: computed,
    prompt_ms: tenths(outcome.promptMs),
    prompt_per_token_ms: tenths(outcome.promptMs / Math.max(1, computed)),
    prompt_per_second: tenths((computed * 1000) / Math.max(outcome.promptMs, 0.001)),
    predicted_n: outcome.completionTokens,
    predicted_ms: tenths(outcome.decodeMs),
    predicted_per_token_ms: tenths(outcome.decodeMs / Math.max(1, outcome.completionTokens)),
    predicted_per_second: tenths((outcome.completionTokens * 1000) / Math.max(outcome.decodeMs, 0.001)),
  };
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}

function tenths(number: number): number {
  return Math.round(number * 10) / 10;
}
