import type { GenerationRequest } from "#weir/engine/generation.js";
import type { EngineStats } from "#weir/engine/stats.js";
import type { ModelInstance } from "#weir/registry/model-instance.js";
import { runClosedLoop } from "./closed-loop.js";
import { type Percentiles, percentiles } from "./percentile.js";
import { users } from "./rig.js";
import { makeWorkload } from "./workload.js";

/** The closed loop through Weir in this process: everything but HTTP. */
export interface WeirMeasurement {
  readonly answerTokensPerSecond: number;
  readonly ttftMs: Percentiles;
  readonly itlMs: Percentiles;
  readonly decodeSteps: number;
  /** 0 where the context does not count them. */
  readonly decodeGraphs: number;
  /** Answers in a decode pass, on average. */
  readonly rowsPerDecodeStep: number;
  readonly paddingRows: number;
  readonly sequenceMoves: number;
  /** Of the steps' wall time, what is spent outside llama.cpp and sampling: 0 … 1. */
  readonly ownShare: number;
}

/** The engine thread's code is compiled as it runs; a server does that once. */
export async function warmUp(model: ModelInstance): Promise<void> {
  const lengths = { promptTokens: { least: 30, most: 30 }, answerTokens: { least: 16, most: 16 } };
  await measureWeir(model, makeWorkload({ requests: users, seed: 0, ...lengths }, 0));
}

export async function measureWeir(
  model: ModelInstance,
  requests: readonly GenerationRequest[],
): Promise<WeirMeasurement> {
  const before = await model.stats();
  const times = await runClosedLoop((request, sink) => void model.generate(request, sink), requests, users);
  const after = await model.stats();
  const grown = (counter: keyof EngineStats): number => after[counter] - before[counter];
  return {
    answerTokensPerSecond: (times.answerTokens / times.wallMs) * 1000,
    ttftMs: percentiles(times.ttftMs),
    itlMs: percentiles(times.itlMs),
    decodeSteps: grown("decodeSteps"),
    decodeGraphs: grown("decodeGraphs"),
    rowsPerDecodeStep: grown("decodeRows") / grown("decodeSteps"),
    paddingRows: grown("paddingRows"),
    sequenceMoves: grown("sequenceMoves"),
    ownShare: 1 - grown("backendMs") / grown("busyMs"),
  };
}
