import { randomStream } from "#weir/builder/random-numbers.js";
import type { TextRequest } from "./load/load-job.js";
import { words } from "./words.js";

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

/**
 * Requests with random prompts, which share no more than a few words, and answers of exactly `maxTokens` tokens.
 *
 * @param round rounds of one seed differ, so that no round finds its prompts in the cache of the one before
 */
export function makeWorkload(shape: WorkloadShape, round: number): TextRequest[] {
  const next = randomStream(shape.seed, round);
  return Array.from({ length: shape.requests }, () => {
    const promptTokens = draw(next, shape.promptTokens);
    const maxTokens = draw(next, shape.answerTokens);
    const prompt = drawWords(next, promptTokens);
    return { kind: "text", prompt, promptTokens, maxTokens, seed: next() >>> 1 };
  });
}

export function draw(next: () => number, { least, most }: Range): number {
  return least + (next() % (most - least + 1));
}

/** As many tokens as words. */
export function drawWords(next: () => number, count: number): string {
  return Array.from({ length: count }, () => words[next() % words.length]).join(" ");
}

/** What a request costs. */
export interface RequestLengths {
  readonly promptTokens: number;
  readonly maxTokens: number;
}

export interface TokenCounts {
  readonly prompt: number;
  readonly answer: number;
}

export function countTokens(requests: readonly RequestLengths[]): TokenCounts {
  return {
    prompt: requests.reduce((sum, { promptTokens }) => sum + promptTokens, 0),
    answer: requests.reduce((sum, { maxTokens }) => sum + maxTokens, 0),
  };
}
