import type { LoadGenerator } from "./load/load-generator.js";
import type { LoadJob } from "./load/load-job.js";
import { growth, type Measurement, residentMemory } from "./measurement.js";
import { summarize } from "./metrics/load-summary.js";
import { processUsage } from "./peers/process-usage.js";
import type { RunningServer } from "./peers/running-server.js";
import type { Scenario } from "./scenarios/scenario.js";
import { warmUpJob } from "./warm-up.js";

const rssEveryMs = 1000;

/**
 * Runs a job against a server that was started for it.
 *
 * @throws Error where the warm-up has errors: the server does not understand the bench
 */
export async function measureServer(
  server: RunningServer,
  slots: number,
  scenario: Scenario,
  job: LoadJob,
  generator: LoadGenerator,
): Promise<Measurement> {
  const warmUp = summarize(await generator.run(server.url, warmUpJob(slots)), scenario.limits);
  if (warmUp.firstError !== null) throw new Error(`the warm-up failed: ${warmUp.firstError}`);
  server.beforeJob?.();
  const countersBefore = await server.engineCounters();
  const before = processUsage(server.pid);
  const rssBytes = [before.rssBytes];
  const sample = (): void => {
    try {
      rssBytes.push(processUsage(server.pid).rssBytes);
    } catch {
      // It has died; the answers say so.
    }
  };
  const sampling = setInterval(sample, rssEveryMs);
  const run = await generator.run(server.url, job).finally(() => clearInterval(sampling));
  const after = processUsage(server.pid);
  const countersAfter = await server.engineCounters();
  return {
    summary: summarize(run, scenario.limits),
    figures: scenario.figures?.(run) ?? {},
    counters: growth(countersBefore, countersAfter),
    server: {
      commandLine: server.commandLine,
      cpuMs: after.cpuMs - before.cpuMs,
      memory: residentMemory([...rssBytes, after.rssBytes]),
    },
  };
}
