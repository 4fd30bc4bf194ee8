import type { LoadJob } from "../load/load-job.js";
import { chatLengths, makeWorkload, type WorkloadShape } from "../workload.js";
import type { JobOrder } from "./scenario.js";

export const seed = 1;

/** The longest prompt with its answer has 346 tokens; llama.cpp rounds a slot up to a multiple of 256. */
export const chatContextTokens = 512;

/** What a person who chats would still call quick. */
export const chatLimits = { ttftMs: 2000, tpotMs: 250 } as const;

export function chatShape(requests: number): WorkloadShape {
  return { requests, seed, ...chatLengths };
}

/** Users who each send the next request when the last answer has ended. */
export function closedLoop(users: number, requests: number) {
  return ({ round, share }: JobOrder): LoadJob => {
    const shape = chatShape(Math.max(users, Math.round(requests * share)));
    return { kind: "closed-loop", users, requests: makeWorkload(shape, round), durationMs: null };
  };
}
