import type { BatchPlan } from "./batch-plan.js";
import type { SamplingParameters } from "./generation.js";

/** What came out of one step. The tokens are in the order of the plan's sampled rows; -1 where sampling failed. */
export interface StepResult {
  /** 0, or why the decode pass failed; a failed pass has no tokens. */
  readonly decodeStatus: number;
  /** 0, or why the prompt pass failed. */
  readonly promptStatus: number;
  readonly promptTokens: Int32Array;
  /** Graph evaluations of the decode pass where the backend counts them, otherwise 0. */
  readonly decodeGraphs: number;
}

/** The engine's side of llama.cpp: synchronous, owned by the engine thread. Implemented by llama/llama-backend.ts. */
export interface Backend {
  /** KV-cache slots, and samplers: both are numbered 0 … slots - 1. */
  readonly slots: number;
  /** Positions of one slot. */
  readonly slotTokens: number;
  /** Rows that one pass may have. */
  readonly batchTokens: number;

  /** `recent` are the last tokens of the prompt, which the penalties look at. */
  setSampler(sampler: number, parameters: SamplingParameters, recent: Int32Array): void;
  clearSampler(sampler: number): void;
  /**
   * Runs the plan. `onDecoded` is called between the two passes with the decode pass's tokens, so that they can be
   * sent without waiting for the prompts; it is not called where that pass has no rows or fails.
   */
  step(plan: BatchPlan, onDecoded: (tokens: Int32Array) => void): StepResult;
}
