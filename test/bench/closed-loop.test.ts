import assert from "node:assert/strict";
import { test } from "node:test";
import type { GenerationOutcome } from "#weir/engine/generation.js";
import { type Generate, runClosedLoop } from "../../bench/closed-loop.js";
import { makeWorkload } from "../../bench/workload.js";

const lengths = { promptTokens: { least: 1, most: 4 }, answerTokens: { least: 2, most: 5 } };
const requests = makeWorkload({ requests: 10, seed: 1, ...lengths }, 0);
const answerTokens = requests.reduce((sum, { maxTokens }) => sum + maxTokens, 0);

function outcome(completionTokens: number): GenerationOutcome {
  const times = { queueMs: 0, promptMs: 0, decodeMs: 0 };
  const tokens = { promptTokens: 1, cachedTokens: 0, completionTokens };
  return { finishReason: "length", stopString: null, errorMessage: null, ...tokens, ...times };
}

/** Answers one turn of the event loop later, a text a token. */
const answerSoon: Generate = ({ maxTokens }, sink) => {
  setImmediate(() => {
    for (let token = 0; token < maxTokens; token++) sink.onText("x");
    sink.onFinish(outcome(maxTokens));
  });
};

test("every request has a time to first token, and every further text a gap", async () => {
  const { ttftMs, itlMs } = await runClosedLoop(answerSoon, requests, 3);
  assert.deepEqual([ttftMs.length, itlMs.length], [10, answerTokens - 10]);
});

test("the answers' tokens are counted", async () => {
  assert.equal((await runClosedLoop(answerSoon, requests, 3)).answerTokens, answerTokens);
});

test("never more requests are under way than there are users", async () => {
  let running = 0;
  let most = 0;
  const generate: Generate = (request, sink) => {
    most = Math.max(most, ++running);
    const onFinish = (end: GenerationOutcome): void => {
      running--;
      sink.onFinish(end);
    };
    answerSoon(request, { onText: () => {}, onFinish });
  };
  await runClosedLoop(generate, requests, 3);
  assert.equal(most, 3);
});

test("an answer that is too short ends the measurement", async () => {
  const generate: Generate = (_, sink) => sink.onFinish(outcome(1));
  await assert.rejects(runClosedLoop(generate, requests, 3), /too short/);
});
