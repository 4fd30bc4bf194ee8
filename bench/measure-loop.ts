import type { LoadJob } from "./load/load-job.js";
import type { LoopName } from "./loops/loop-order.js";
import type { PlanLog } from "./loops/replay-loop.js";
import { runLoop } from "./loops/run-loop.js";
import { type Measurement, residentMemory } from "./measurement.js";
import { summarize } from "./metrics/load-summary.js";
import type { Scenario } from "./scenarios/scenario.js";
import { type ServerSetup, weirOptions } from "./server-setup.js";

/**
 * Runs a closed loop without a server.
 *
 * @throws Error for another kind of job
 */
export async function measureLoop(
  loop: LoopName,
  setup: ServerSetup,
  scenario: Scenario,
  job: LoadJob,
  planLog: PlanLog | null,
): Promise<Measurement> {
  if (job.kind !== "closed-loop") throw new Error(`${loop} runs closed loops only, no ${scenario.name}`);
  const { result, cpuMs, rssBytes } = await runLoop({ loop, options: weirOptions(setup), job, planLog });
  const { run, counters } = result;
  return {
    summary: summarize(run, scenario.limits),
    figures: scenario.figures?.(run) ?? {},
    counters,
    // Of the whole process, which did nothing else but load the model.
    server: { commandLine: loop, cpuMs, memory: residentMemory([rssBytes]) },
  };
}
