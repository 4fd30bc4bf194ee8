import type { AnswerRecord, LoadRun } from "../load/load-run.js";
import { e2elMs, gaps, tpotMs, ttftMs } from "./answer-times.js";
import { jainIndex } from "./fairness.js";
import { type Percentiles, percentiles } from "./percentile.js";

/** What a user would call a good answer. */
export interface GoodputLimits {
  readonly ttftMs: number;
  readonly tpotMs: number;
}

/** The field's metrics of one run. Latencies are null where no answer had one. */
export interface LoadSummary {
  readonly answers: number;
  readonly errors: number;
  /** What the first of the errors said. */
  readonly firstError: string | null;
  readonly wallMs: number;
  readonly answerTokens: number;
  readonly answerTokensPerSecond: number;
  readonly promptTokens: number;
  /** Prompt tokens that were not found in a cache. */
  readonly promptTokensComputed: number;
  readonly meanTtftMs: number | null;
  readonly ttftMs: Percentiles | null;
  readonly itlMs: Percentiles | null;
  readonly tpotMs: Percentiles | null;
  readonly e2elMs: Percentiles | null;
  /** The share of all requests that met both limits; failed ones did not. */
  readonly goodput: number;
  /** Jain's index of the answer tokens that each user got. */
  readonly fairness: number;
  /** Of the machine's cores, what the load generator took: 0.1 is a tenth of one core. */
  readonly generatorCores: number;
}

export function summarize(run: LoadRun, limits: GoodputLimits): LoadSummary {
  const { answers, wallMs } = run;
  const failed = answers.filter(({ error }) => error !== null);
  const whole = answers.filter(({ error, wasCut }) => error === null && !wasCut);
  const ttfts = whole.flatMap((answer) => ttftMs(answer) ?? []);
  const answerTokens = sum(whole.map(({ completionTokens }) => completionTokens));
  return {
    answers: answers.length,
    errors: failed.length,
    firstError: failed[0]?.error ?? null,
    wallMs,
    answerTokens,
    answerTokensPerSecond: (answerTokens / wallMs) * 1000,
    promptTokens: sum(whole.map(({ promptTokens }) => promptTokens)),
    promptTokensComputed: sum(whole.map(computedTokens)),
    meanTtftMs: ttfts.length === 0 ? null : sum(ttfts) / ttfts.length,
    ttftMs: percentilesOf(ttfts),
    itlMs: percentilesOf(answers.flatMap((answer) => gaps(answer).map(({ ms }) => ms))),
    tpotMs: percentilesOf(whole.flatMap((answer) => tpotMs(answer) ?? [])),
    e2elMs: percentilesOf(whole.map(e2elMs)),
    goodput: whole.filter((answer) => isGood(answer, limits)).length / answers.length,
    fairness: jainIndex(tokensByUser(answers)),
    generatorCores: run.generatorCpuMs / wallMs,
  };
}

/** Prompt tokens of an answer that were not found in a cache. */
export function computedTokens({ promptTokens, cachedTokens }: AnswerRecord): number {
  return promptTokens - cachedTokens;
}

function isGood(answer: AnswerRecord, limits: GoodputLimits): boolean {
  return (
    (ttftMs(answer) ?? Number.POSITIVE_INFINITY) <= limits.ttftMs && (tpotMs(answer) ?? 0) <= limits.tpotMs
  );
}

function tokensByUser(answers: readonly AnswerRecord[]): number[] {
  const tokens = new Map<number, number>();
  for (const { user, completionTokens } of answers)
    tokens.set(user, (tokens.get(user) ?? 0) + completionTokens);
  return [...tokens.values()];
}

function percentilesOf(values: readonly number[]): Percentiles | null {
  return values.length === 0 ? null : percentiles(values);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
