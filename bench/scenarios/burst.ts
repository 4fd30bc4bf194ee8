import { burstStarts } from "../load/arrivals.js";
import { makeWorkload } from "../workload.js";
import { requestsPerSecond } from "./arrival-rate.js";
import { chatShape } from "./chat-load.js";
import { poisson } from "./poisson.js";
import type { Scenario } from "./scenario.js";

const bursts = 3;
const burstSize = 40;

/** On average as many requests a second as in `poisson`. */
export const burst: Scenario = {
  ...poisson,
  name: "burst",
  description: "3 bursts of 40 requests at once of the closed loop's lengths, on 60 slots",
  job: ({ rig, round, share }) => {
    const size = Math.ceil(burstSize * share);
    const requests = makeWorkload(chatShape(bursts * size), round);
    const everyMs = (size / requestsPerSecond[rig]) * 1000;
    return { kind: "timed", requests, startsMs: burstStarts(bursts, size, everyMs) };
  },
};
