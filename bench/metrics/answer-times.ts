import type { AnswerRecord } from "../load/load-run.js";

/** From the request to its first text; null where none came. */
export function ttftMs({ sentMs, textsMs }: AnswerRecord): number | null {
  const first = textsMs[0];
  return first === undefined ? null : first - sentMs;
}

/** Time per output token after the first: (end to end - TTFT) / (tokens - 1); null for answers of one token. */
export function tpotMs(answer: AnswerRecord): number | null {
  const first = answer.textsMs[0];
  if (first === undefined || answer.completionTokens < 2) return null;
  return (answer.endMs - first) / (answer.completionTokens - 1);
}

/** From the request to the end of its answer. */
export function e2elMs({ sentMs, endMs }: AnswerRecord): number {
  return endMs - sentMs;
}

/** The gaps between its texts, and when each began. */
export function gaps({ textsMs }: AnswerRecord): { readonly fromMs: number; readonly ms: number }[] {
  return textsMs.slice(1).map((atMs, index) => {
    const fromMs = textsMs[index] ?? atMs;
    return { fromMs, ms: atMs - fromMs };
  });
}
