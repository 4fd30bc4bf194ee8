import type { LoadGenerator } from "./load/load-generator.js";
import type { LoadJob } from "./load/load-job.js";
import type { Measurement } from "./measurement.js";
import { summarize } from "./metrics/load-summary.js";
import { processUsage } from "./peers/process-usage.js";
import type { RunningServer } from "./peers/running-server.js";
import type { Scenario } from "./scenarios/scenario.js";
import { makeWorkload } from "./workload.js";

/** No round has it, so that the warm-up's prompts are in nobody's cache. */
const warmUpRound = 1_000_000;

/** Short answers for all slots: a server's code and memory are warm when its users come. */
function warmUpJob(slots: number): LoadJob {
  const lengths = { promptTokens: { least: 30, most: 30 }, answerTokens: { least: 16, most: 16 } };
  const requests = makeWorkload({ requests: Math.max(8, slots), seed: 0, ...lengths }, warmUpRound);
  return { kind: "closed-loop", users: slots, requests, durationMs: null };
}

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
  const countersBefore = await server.engineCounters();
  const before = processUsage(server.pid);
  const run = await generator.run(server.url, job);
  const after = processUsage(server.pid);
  const countersAfter = await server.engineCounters();
  const names = Object.keys(countersAfter);
  return {
    summary: summarize(run, scenario.limits),
    figures: scenario.figures?.(run) ?? {},
    counters: Object.fromEntries(
      names.map((name) => [name, (countersAfter[name] ?? 0) - (countersBefore[name] ?? 0)]),
    ),
    server: {
      commandLine: server.commandLine,
      cpuMs: after.cpuMs - before.cpuMs,
      rssBeforeBytes: before.rssBytes,
      rssAfterBytes: after.rssBytes,
    },
  };
}
