import { randomStream } from "#weir/builder/random-numbers.js";
import type { LoadJob } from "../load/load-job.js";
import type { AnswerRecord, LoadRun } from "../load/load-run.js";
import { computedTokens } from "../metrics/load-summary.js";
import { drawWords } from "../workload.js";
import { seed } from "./chat-load.js";
import { figure, ttft } from "./headlines.js";
import { bothWith, type JobOrder, type Scenario, weirToLlamaServer } from "./scenario.js";

const users = 8;
const turns = 20;
const messageTokens = 24;

/**
 * Conversations, whose every turn brings the whole history again. On the echo model, since only a model whose answer's
 * text is turned into the very tokens that it was made of lets the counts be exact; random weights write broken words.
 */
export const multiTurn: Scenario = {
  name: "multi-turn",
  description: "8 users × 20 turns of a chat on 8 slots, messages and answers of 24 tokens",
  rigs: ["echo"],
  contenders: bothWith(users, 2048),
  compared: weirToLlamaServer,
  limits: { ttftMs: 1000, tpotMs: 250 },
  headlines: [
    figure("computedOverNew", {
      title: "prompt tokens computed / new ones",
      better: "less",
      digits: 3,
      wanted: 1,
    }),
    ttft("p50"),
    ttft("p95"),
  ],
  job,
  figures,
};

function job({ round, share }: JobOrder): LoadJob {
  const next = randomStream(seed, round);
  const length = Math.max(2, Math.round(turns * share));
  return {
    kind: "conversations",
    conversations: Array.from({ length: users }, () => ({
      userMessages: Array.from({ length }, () => drawWords(next, messageTokens)),
      maxTokens: 4 * messageTokens,
      seed: next() >>> 1,
      mayEnd: true,
    })),
  };
}

/**
 * A turn's new tokens are those of its prompt that neither the last prompt nor the last answer had. The first turns are
 * left out: what they compute is all new, but for a few tokens of the template.
 */
export function figures({ answers }: LoadRun): Record<string, number> {
  const previous = new Map<number, AnswerRecord>();
  let computed = 0;
  let fresh = 0;
  for (const answer of answers.toSorted((a, b) => a.index - b.index)) {
    const before = previous.get(answer.user);
    if (before !== undefined) {
      computed += computedTokens(answer);
      // The last token of an answer is sampled and never computed: it is new to the cache as well.
      fresh += answer.promptTokens - before.promptTokens - (before.completionTokens - 1);
    }
    previous.set(answer.user, answer);
  }
  return { computedTokens: computed, newTokens: fresh, computedOverNew: computed / fresh };
}
