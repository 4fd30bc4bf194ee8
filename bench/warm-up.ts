import type { ClosedLoopJob } from "./load/load-job.js";
import { makeWorkload } from "./workload.js";

/** No job has it, so that the warm-up's prompts are not in a cache. */
const warmUpRound = 1_000_000;

/** Short answers for all slots: a server's code and memory are warm when its users come. */
export function warmUpJob(slots: number): ClosedLoopJob {
  const lengths = { promptTokens: { least: 30, most: 30 }, answerTokens: { least: 16, most: 16 } };
  const requests = makeWorkload({ requests: Math.max(8, slots), seed: 0, ...lengths }, warmUpRound);
  return { kind: "closed-loop", users: slots, requests, durationMs: null };
}
