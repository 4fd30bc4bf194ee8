import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { GenerationOutcome, PromptLogprob } from "#weir/engine/generation.js";
import { lostOutcome } from "#weir/engine/lost-outcome.js";
import { StepEventCollector } from "#weir/engine/step-events.js";
import { showsWork } from "#weir/registry/pass-results.js";

const ended = (changes: Partial<GenerationOutcome>) => ({ ...lostOutcome(3, null), ...changes });
const scored = (logprob: number | null): PromptLogprob => ({
  token: 5,
  text: "a",
  bytes: [97],
  logprob,
  top: [],
});
const progress = { promptTokens: 9, computedTokens: 4, cachedTokens: 0, elapsedMs: 1 };

/** What is told of a request, and whether it shows that a pass worked. */
const cases: readonly [told: string, shows: boolean, tell: (events: StepEventCollector) => void][] = [
  ["text", true, (events) => events.text(1, "a")],
  ["a part of a prompt", true, (events) => events.progress(1, progress)],
  ["scored tokens of a prompt", true, (events) => events.promptLogprobs(1, [scored(null), scored(-1)])],
  ["an answer that ends without text", true, (events) => events.finished(1, ended(oneToken))],
  ["a scored prompt's first token", false, (events) => events.promptLogprobs(1, [scored(null)])],
  ["a slot", false, (events) => events.started(1)],
  ["an answer of no tokens", false, (events) => events.finished(1, ended({ finishReason: "length" }))],
  ["an answer that was cancelled", false, (events) => events.finished(1, ended({ completionTokens: 7 }))],
  ["one that failed", false, (events) => events.finished(1, ended({ ...oneToken, finishReason: "error" }))],
];
const oneToken = { finishReason: "stop", completionTokens: 1 } as const;

describe("what an engine tells", () => {
  for (const [told, shows, tell] of cases) {
    test(`shows ${shows ? "that a pass worked" : "nothing of passes"} where it is ${told}`, () => {
      const collector = new StepEventCollector();
      tell(collector);
      assert.equal(showsWork(collector.take() ?? assert.fail()), shows);
    });
  }
});
