import { randomStream } from "#weir/builder/random-numbers.js";
import type { GenerationRequest, SamplingParameters } from "#weir/engine/generation.js";

/** Whole numbers from `least` to `most`, both included. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

export interface WorkloadShape {
  readonly requests: number;
  readonly promptTokens: Range;
  readonly answerTokens: Range;
  readonly seed: number;
}

/** The lengths of issue 2, which the prototype and llama-server were measured with too. */
export const chatLengths = {
  promptTokens: { least: 30, most: 250 },
  answerTokens: { least: 16, most: 96 },
} as const;

/** Ordinary tokens of Qwen's vocabulary: the control tokens begin at 151,643. */
const promptIds: Range = { least: 1000, most: 100_000 };

export const workloadSampling: Omit<SamplingParameters, "seed"> = {
  temperature: 0.6,
  topK: 20,
  topP: 0.95,
  minP: 0,
  typicalP: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  repetitionPenalty: 1,
  penaltyWindowTokens: 0,
  logitBias: [],
  ignoreEos: true,
};

/**
 * Requests with random prompts, which share no prefix, and answers of exactly `maxTokens` tokens.
 *
 * @param round rounds of one seed differ, so that no round finds its prompts in the cache of the one before
 */
export function makeWorkload(shape: WorkloadShape, round: number): GenerationRequest[] {
  const next = randomStream(shape.seed, round);
  const draw = ({ least, most }: Range): number => least + (next() % (most - least + 1));
  return Array.from({ length: shape.requests }, () => {
    const promptLength = draw(shape.promptTokens);
    const maxTokens = draw(shape.answerTokens);
    return {
      promptTokens: Int32Array.from({ length: promptLength }, () => draw(promptIds)),
      maxTokens,
      sampling: { ...workloadSampling, seed: next() },
      stopStrings: [],
    };
  });
}

export interface TokenCounts {
  readonly prompt: number;
  readonly answer: number;
}

export function countTokens(requests: readonly GenerationRequest[]): TokenCounts {
  return {
    prompt: requests.reduce((sum, { promptTokens }) => sum + promptTokens.length, 0),
    answer: requests.reduce((sum, { maxTokens }) => sum + maxTokens, 0),
  };
}
