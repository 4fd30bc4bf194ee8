import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnswerRecord } from "../../bench/load/load-run.js";
import { summarize } from "../../bench/metrics/load-summary.js";
import { answer } from "./answer-builder.js";

const limits = { ttftMs: 100, tpotMs: 25 };

function summaryOf(answers: readonly AnswerRecord[], wallMs = 1000) {
  return summarize({ wallMs, answers, generatorCpuMs: 100 }, limits);
}

const failed = answer({ error: "500: no", textsMs: [], completionTokens: 0 });
const cut = answer({ wasCut: true, completionTokens: 0 });

test("tokens a second are those of whole answers", () => {
  assert.equal(summaryOf([answer(), answer(), failed, cut], 500).answerTokensPerSecond, 12);
});

test("TTFT is from the request to the first text", () => {
  assert.equal(summaryOf([answer({ sentMs: 40 })]).ttftMs?.p50, 60);
});

test("TPOT is the time after the first text over the tokens after the first", () => {
  assert.equal(summaryOf([answer()]).tpotMs?.p50, 25);
});

test("ITL are the gaps, those of answers that were cut too", () => {
  const { itlMs } = summaryOf([cut]);
  assert.deepEqual([itlMs?.p50, itlMs?.p99], [25, 29.9]);
});

test("E2EL is from the request to the end", () => {
  assert.equal(summaryOf([answer({ sentMs: 50, endMs: 160 })]).e2elMs?.p50, 110);
});

test("goodput is the share that meets both limits", () => {
  const lateFirst = answer({ sentMs: -1 });
  const slow = answer({ endMs: 151 });
  assert.equal(summaryOf([answer(), lateFirst, slow, failed]).goodput, 0.25);
});

test("computed prompt tokens are those that no cache had", () => {
  assert.equal(summaryOf([answer({ cachedTokens: 4 }), answer()]).promptTokensComputed, 16);
});

test("errors are counted, and the first one is kept", () => {
  const { errors, firstError } = summaryOf([answer(), failed]);
  assert.deepEqual([errors, firstError], [1, "500: no"]);
});

test("fairness is between users, not between answers", () => {
  assert.equal(summaryOf([answer(), answer(), answer({ user: 1, completionTokens: 6 })]).fairness, 1);
});

test("a run without a single answer has no latencies", () => {
  const { ttftMs, itlMs, tpotMs } = summaryOf([failed]);
  assert.deepEqual([ttftMs, itlMs, tpotMs], [null, null, null]);
});

test("the load generator's share of the cores is told", () => {
  assert.equal(summaryOf([answer()]).generatorCores, 0.1);
});
