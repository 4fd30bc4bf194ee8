import type { LoadRun } from "../load/load-run.js";
import type { TokenCounts } from "../workload.js";

/** What a loop in a process of its own brought. */
export interface LoopResult {
  readonly run: LoadRun;
  readonly counters: Readonly<Record<string, number>>;
}

/** A run of which only the sums are known: one record stands for all answers, and has no latencies. */
export function sumOnly(tokens: TokenCounts, wallMs: number): LoadRun {
  const counts = { promptTokens: tokens.prompt, cachedTokens: 0, completionTokens: tokens.answer };
  const record = { user: 0, index: 0, sentMs: 0, textsMs: [], endMs: wallMs, ...counts };
  return { wallMs, answers: [{ ...record, error: null, wasCut: false }], generatorCpuMs: 0 };
}
