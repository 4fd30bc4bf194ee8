import { randomStream } from "#weir/builder/random-numbers.js";
import type { LoadJob } from "../load/load-job.js";
import type { LoadRun } from "../load/load-run.js";
import { computedTokens } from "../metrics/load-summary.js";
import { drawWords } from "../workload.js";
import { seed } from "./chat-load.js";
import { figure, meanTtft, ttft } from "./headlines.js";
import { bothWith, type JobOrder, type Scenario, weirToLlamaServer } from "./scenario.js";

const users = 60;
const systemTokens = 400;
const questionTokens = 20;
const answerTokens = 32;

/**
 * What ChatML puts around the system prompt up to the question, which all requests share too: `<|im_start|>`, `system`,
 * a newline before it; `<|im_end|>`, a newline, `<|im_start|>`, `user`, a newline after it.
 */
const sharedTemplateTokens = 8;

/** One application's users: the same system prompt, different questions, all at once. */
export const sharedPrefix: Scenario = {
  name: "shared-prefix",
  description: "60 chats at once on 60 slots, one system prompt of 400 tokens and questions of 20",
  rigs: ["tiny", "small"],
  contenders: bothWith(users, 768),
  compared: weirToLlamaServer,
  limits: { ttftMs: 2000, tpotMs: 250 },
  headlines: [
    meanTtft({ tiny: 0.15, small: 0.15 }),
    ttft("p95"),
    figure("computedOverUnique", {
      title: "prompt tokens computed / unique ones",
      better: "less",
      digits: 2,
      wanted: 1.1,
    }),
  ],
  job,
  figures,
};

function job({ round, share }: JobOrder): LoadJob {
  const next = randomStream(seed, round);
  const system = drawWords(next, systemTokens);
  const requests = Array.from({ length: Math.max(2, Math.round(users * share)) }, () => ({
    kind: "chat" as const,
    messages: [
      { role: "system" as const, content: system },
      { role: "user" as const, content: drawWords(next, questionTokens) },
    ],
    maxTokens: answerTokens,
    seed: next() >>> 1,
    mayEnd: false,
  }));
  return { kind: "timed", requests, startsMs: requests.map(() => 0) };
}

/** Unique prompt tokens are the shared ones once, and each request's own. */
export function figures({ answers }: LoadRun): Record<string, number> {
  const shared = systemTokens + sharedTemplateTokens;
  const unique = answers.reduce((sum, { promptTokens }) => sum + promptTokens - shared, shared);
  const computed = answers.reduce((sum, answer) => sum + computedTokens(answer), 0);
  return { computedTokens: computed, uniqueTokens: unique, computedOverUnique: computed / unique };
}
