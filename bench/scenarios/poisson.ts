import { randomStream } from "#weir/builder/random-numbers.js";
import { poissonStarts } from "../load/arrivals.js";
import { makeWorkload } from "../workload.js";
import { arrivalSeed, requestsPerSecond } from "./arrival-rate.js";
import { chatContextTokens, chatShape } from "./chat-load.js";
import { answerRate, goodput, itl, ttft } from "./headlines.js";
import { bothWith, type Scenario, weirToLlamaServer } from "./scenario.js";

export const poisson: Scenario = {
  name: "poisson",
  description: "90 requests of the closed loop's lengths that come at random, on 60 slots",
  rigs: ["tiny", "small"],
  contenders: bothWith(60, chatContextTokens),
  compared: weirToLlamaServer,
  limits: { ttftMs: 1000, tpotMs: 100 },
  headlines: [goodput, ttft("p50"), ttft("p95"), itl("p50"), itl("p99"), answerRate()],
  job: ({ rig, round, share }) => {
    const requests = makeWorkload(chatShape(Math.ceil(90 * share)), round);
    const next = randomStream(arrivalSeed, round);
    const startsMs = poissonStarts(next, requests.length, requestsPerSecond[rig]);
    return { kind: "timed", requests, startsMs };
  },
};
