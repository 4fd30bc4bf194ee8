import type { AnswerRecord } from "../../bench/load/load-run.js";

/** An answer of three tokens at 100, 120 and 150 ms, sent at 0. */
export function answer(changes: Partial<AnswerRecord> = {}): AnswerRecord {
  return {
    user: 0,
    index: 0,
    sentMs: 0,
    textsMs: [100, 120, 150],
    endMs: 150,
    promptTokens: 10,
    cachedTokens: 0,
    completionTokens: 3,
    error: null,
    wasCut: false,
    ...changes,
  };
}
