import type { LoadJob } from "../load/load-job.js";
import type { LoadRun } from "../load/load-run.js";
import { ttftMs } from "../metrics/answer-times.js";
import { median } from "../metrics/percentile.js";
import { makeWorkload } from "../workload.js";
import { chatContextTokens, chatShape } from "./chat-load.js";
import { answerRate, figure, ttft } from "./headlines.js";
import { alone, type JobOrder, type Scenario, weirToLlamaServer } from "./scenario.js";

const users = 200;

/** More than any server here can answer, so that no prompt comes twice. */
const requestsPerMinute = 2400;

/** What is left of a server that is asked for more than it has, for minutes. */
export const soak: Scenario = {
  name: "soak",
  description: "200 users on 60 slots in a closed loop for minutes",
  rigs: ["tiny"],
  // llama-server has no cache of its own in the bench. Weir's is full before the first fifth is over: what grows then is a leak.
  contenders: [
    { ...alone("weir", 60, chatContextTokens), settings: { cacheRam: "64MiB" } },
    alone("llama-server", 60, chatContextTokens),
  ],
  compared: weirToLlamaServer,
  rounds: 1,
  limits: { ttftMs: 20_000, tpotMs: 250 },
  headlines: [
    answerRate(),
    ttft("p50"),
    ttft("p99"),
    figure("ttftDrift", { title: "TTFT, last fifth / first", better: "less", digits: 2 }),
    {
      title: "memory, last fifth / second, the least of each",
      better: "less",
      digits: 3,
      of: ({ server: { memory } }) =>
        (memory.leastOfFifthBytes[4] ?? Number.NaN) / (memory.leastOfFifthBytes[1] ?? Number.NaN),
    },
    {
      title: "fairness index of answer tokens",
      better: "more",
      digits: 3,
      of: ({ summary }) => summary.fairness,
      wanted: 0.95,
    },
  ],
  job: ({ round, soakMinutes }: JobOrder): LoadJob => {
    const shape = chatShape(Math.ceil(requestsPerMinute * soakMinutes));
    const durationMs = soakMinutes * 60_000;
    return { kind: "closed-loop", users, requests: makeWorkload(shape, round), durationMs };
  },
  figures,
};

/**
 * The first requests of all users come at once and are left out: the first fifth begins when a user has been served for the
 * first time everywhere.
 */
export function figures({ answers }: LoadRun): Record<string, number> {
  const later = answers.filter(({ index, error }) => index >= users && error === null);
  const byStart = later.toSorted((a, b) => a.sentMs - b.sentMs);
  const fifth = Math.floor(byStart.length / 5);
  if (fifth === 0) return { ttftDrift: Number.NaN };
  const middle = (some: typeof byStart): number => median(some.map((answer) => ttftMs(answer) ?? Number.NaN));
  return { ttftDrift: middle(byStart.slice(-fifth)) / middle(byStart.slice(0, fifth)) };
}
