import { randomStream } from "#weir/builder/random-numbers.js";
import { burstStarts, poissonStarts } from "../load/arrivals.js";
import type { LoadJob } from "../load/load-job.js";
import type { RigName } from "../rig.js";
import { chatLengths, makeWorkload } from "../workload.js";
import { chatContextTokens, seed } from "./closed-loop.js";
import { answerRate, goodput, itl, ttft } from "./headlines.js";
import { bothWith, type JobOrder, type Scenario, weirToLlamaServer } from "./scenario.js";

/** What llama-server can just about serve on two cores; a rig for a GPU takes what its users would send. */
const requestsPerSecond: Readonly<Record<RigName, number>> = {
  tiny: 10,
  small: 2.5,
  echo: 5,
  "qwen3-32b-q8_0": 25,
  "qwen3-32b-q4_k": 25,
};

/** No load generator's stream of random numbers is the workload's. */
const arrivalSeed = 2;

export const poisson: Scenario = {
  name: "poisson",
  description: "90 requests of the closed loop's lengths that come at random, on 60 slots",
  rigs: ["tiny", "small"],
  contenders: bothWith(60, chatContextTokens),
  compared: weirToLlamaServer,
  limits: { ttftMs: 1000, tpotMs: 100 },
  headlines: [goodput, ttft("p50"), ttft("p95"), itl("p50"), itl("p99"), answerRate()],
  job: ({ rig, round, share }: JobOrder): LoadJob => {
    const requests = makeWorkload({ requests: Math.ceil(90 * share), seed, ...chatLengths }, round);
    const next = randomStream(arrivalSeed, round);
    return {
      kind: "timed",
      requests,
      startsMs: poissonStarts(next, requests.length, requestsPerSecond[rig]),
    };
  },
};

const burstSize = 40;

export const burst: Scenario = {
  ...poisson,
  name: "burst",
  description: "3 bursts of 40 requests at once of the closed loop's lengths, on 60 slots",
  job: ({ rig, round, share }: JobOrder): LoadJob => {
    const size = Math.ceil(burstSize * share);
    const requests = makeWorkload({ requests: 3 * size, seed, ...chatLengths }, round);
    const everyMs = (size / requestsPerSecond[rig]) * 1000;
    return { kind: "timed", requests, startsMs: burstStarts(3, size, everyMs) };
  },
};
