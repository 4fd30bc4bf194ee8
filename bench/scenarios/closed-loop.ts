import type { LoadJob } from "../load/load-job.js";
import { chatLengths, makeWorkload } from "../workload.js";
import { answerRate, itl, ttft } from "./headlines.js";
import { bothWith, type JobOrder, oneThread, type Scenario, weirToLlamaServer } from "./scenario.js";

export const seed = 1;

/** The longest prompt with its answer has 346 tokens; llama.cpp rounds a slot up to a multiple of 256. */
export const chatContextTokens = 512;

/** Users who each send the next request when the last answer has ended. */
export function closedLoop(users: number, requests: number) {
  return ({ round, share }: JobOrder): LoadJob => {
    const count = Math.max(users, Math.round(requests * share));
    const shape = { requests: count, seed, ...chatLengths };
    return { kind: "closed-loop", users, requests: makeWorkload(shape, round), durationMs: null };
  };
}

export const sixtyUsers: Scenario = {
  name: "closed-loop",
  description: "60 users on 60 slots, 180 requests, prompts of 30-250 and answers of 16-96 tokens",
  rigs: ["tiny", "small"],
  contenders: bothWith(60, chatContextTokens),
  compared: weirToLlamaServer,
  limits: { ttftMs: 2000, tpotMs: 250 },
  headlines: [answerRate({ tiny: 1.8, small: 1.65 }), ttft("p50"), ttft("p95"), itl("p50"), itl("p99")],
  job: closedLoop(60, 180),
};

export const eightUsers: Scenario = {
  ...sixtyUsers,
  name: "eight-users",
  description: "8 users on 8 slots, 48 requests of the closed loop's lengths",
  contenders: [...bothWith(8, chatContextTokens), oneThread(8, chatContextTokens)],
  compared: [...weirToLlamaServer, oneThread(8, chatContextTokens).label],
  headlines: [answerRate({ tiny: 1.2, small: 1.2 }), ttft("p50"), ttft("p95"), itl("p50"), itl("p99")],
  job: closedLoop(8, 48),
};

export const oneUser: Scenario = {
  ...sixtyUsers,
  name: "one-user",
  description: "1 user on 1 slot, 12 requests of the closed loop's lengths",
  contenders: [...bothWith(1, chatContextTokens), oneThread(1, chatContextTokens)],
  compared: [...weirToLlamaServer, oneThread(1, chatContextTokens).label],
  headlines: [answerRate({ tiny: 1, small: 1 }), ttft("p50"), itl("p50"), itl("p99")],
  job: closedLoop(1, 12),
};
