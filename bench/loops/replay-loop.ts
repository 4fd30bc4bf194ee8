import os from "node:os";
import type { ContextHandle } from "#weir/llama/addon.js";
import type { LoadOptions } from "#weir/llama/options.js";
import { openVariant } from "#weir/llama/variant.js";
import type { ClosedLoopJob } from "../load/load-job.js";
import { workloadSampling } from "../sampling.js";
import { countTokens } from "../workload.js";
import { textOf } from "./in-process-run.js";
import { type LoopResult, sumOnly } from "./loop-result.js";
import { plansBefore, readPlanLog } from "./plan-log.js";
import { unsampled } from "./unsampled-plan.js";

/** The plans that Weir wrote while it served a job. */
export interface PlanLog {
  readonly file: string;
  /** Where the job's own plans begin; those before are its warm-up's. */
  readonly jobStartsAtByte: number;
}

/**
 * Runs the very plans that Weir ran over HTTP on a bare context in this thread: nothing is scheduled, nothing is sent.
 * What it takes less than Weir did is what everything around llama.cpp cost.
 *
 * @param samples whether the rows are sampled, with the workload's parameters, or their logits only computed
 */
export async function runReplay(
  options: LoadOptions,
  job: ClosedLoopJob,
  log: PlanLog,
  samples: boolean,
): Promise<LoopResult> {
  const logged = readPlanLog(log.file);
  const plans = samples ? logged : logged.map(unsampled);
  const first = plansBefore(plans, log.jobStartsAtByte);
  const variant = await openVariant(options.gpu, () => {});
  const placement = { ...options, cpuOnly: variant.cpuOnly };
  const model = await variant.addon.loadModel(options.modelPath, placement, () => {}).promise;
  const samplerThreads = Math.min(8, os.availableParallelism()); // as registry/model-instance.ts takes
  const context = new variant.addon.Context(model, {
    ...placement,
    samplerThreads,
    fastSampling: true,
    logitsInPlace: true,
    q8Products: true,
    countGraphs: false,
  });
  try {
    for (let sampler = 0; sampler < options.slots; sampler++) {
      context.setSampler(sampler, { ...workloadSampling, seed: sampler }, new Int32Array());
    }
    for (const plan of plans.slice(0, first)) runPlan(context, plan);
    const startedMs = performance.now();
    for (const plan of plans.slice(first)) runPlan(context, plan);
    const wallMs = performance.now() - startedMs;
    const tokens = countTokens(job.requests.map(textOf));
    return { run: sumOnly(tokens, wallMs), counters: { steps: plans.length - first } };
  } finally {
    context.close();
    model.close();
  }
}

function runPlan(context: ContextHandle, plan: Int32Array): void {
  const [decodeStatus, promptStatus] = context.step(plan, () => {});
  if (decodeStatus !== 0 || promptStatus !== 0) throw new Error("a replayed pass failed");
}
