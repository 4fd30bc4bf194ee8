import type { BatchPlan } from "./batch-plan.js";
import type { SamplingParameters } from "./generation.js";

/** Instead of a token: the grammar lets none come. */
export const stuckInGrammar = -2;
/** The request's own parameters leave no token. */
export const allBanned = -3;

/**
 * What came out of one step. The tokens are in the order of the plan's sampled rows; -1 where the
 * logits are no numbers, `stuckInGrammar` where the grammar lets none come, `allBanned`.
 */
export interface StepResult {
  /** 0, or why the decode pass failed; a failed pass has no tokens. */
  readonly decodeStatus: number;
  /** 0, or why the prompt pass failed. */
  readonly promptStatus: number;
  readonly promptTokens: Int32Array;
  /** Graph evaluations of each pass. */
  readonly decodeGraphs: number;
  readonly promptGraphs: number;
}

/** The engine's side of llama.cpp: synchronous, owned by the engine thread. Implemented by llama/llama-backend.ts. */
export interface Backend {
  /** KV-cache slots, and samplers: both are numbered 0 … slots - 1. */
  readonly slots: number;
  /** Positions of one slot. */
  readonly slotTokens: number;
  /** Rows that one pass may have. */
  readonly batchTokens: number;
  /** Rows with outputs are computed in groups of so many, and every started group costs a whole one; 1 where that is not so. */
  readonly rowMultiple: number;
  /** True where an output costs much by itself and little beside others, so that it is better computed in the decode pass. */
  readonly outputsShareCost: boolean;
  /** What it takes to copy a slot's cache into another one, ms; measured. */
  readonly copyMs: number;

  /** `recent` are the last tokens of the prompt, which the penalties look at; the whole prompt where its tokens are scored. */
  setSampler(sampler: number, parameters: SamplingParameters, recent: Int32Array): void;
  clearSampler(sampler: number): void;
  /** Of the token that the sampler chose last: its log-probability, then a pair of id and log-probability for each of the likeliest. */
  logprobs(sampler: number): Float64Array;

  /**
   * The same of the prompt's tokens after the rows that were scored since the last call, in their order: 1 + 2 × topLogprobs
   * values each, NaN where there is none.
   */
  takeScores(sampler: number): Float64Array;

  /** False where llama.cpp's copy of a slot lacks cells (sliding windows), so that it can't be cut back to a prefix. */
  readonly canSaveSlots: boolean;
  /** What saveSlot() would take of the host's memory. */
  slotBytes(slot: number): number;
  /** Keeps a copy of an idle slot's cache in host memory, for the plan's restore(). Returns its bytes; throws where it can't. */
  saveSlot(slot: number, key: number): number;
  dropSaved(key: number): void;

  /**
   * Runs the plan. `onDecoded` is called between the two passes with the decode pass's tokens, so that they can be
   * sent without waiting for the prompts; it is not called where that pass has no rows or fails. Where it drops the plan's
   * prompts, they are not computed in this step.
   */
  step(plan: BatchPlan, onDecoded: (tokens: Int32Array) => void): StepResult;
}
