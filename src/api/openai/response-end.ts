import type { Timings, Usage } from "./responses.js";
import { type CountedAnswer, toTimings, toUsage } from "./usage.js";

/** The fields that every response ends with. */
export function responseEnd(answers: readonly CountedAnswer[]): {
  usage: Usage;
  timings?: Timings;
  warnings?: string[];
} {
  return { usage: toUsage(answers), ...singleTimings(answers), ...warningsOf(answers) };
}

/** Times of several answers at once would add up to nothing that passed. */
export function singleTimings(answers: readonly CountedAnswer[]): { timings?: Timings } {
  const [first, second] = answers;
  return first === undefined || second !== undefined ? {} : { timings: toTimings(first.outcome) };
}

export function warningsOf(answers: readonly Pick<CountedAnswer, "prompt">[]): { warnings?: string[] } {
  const warnings = [...new Set(answers.flatMap(({ prompt }) => prompt.warnings))];
  return warnings.length === 0 ? {} : { warnings };
}
