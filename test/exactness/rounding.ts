import assert from "node:assert/strict";
import { rowMark } from "#weir/engine/batch-plan.js";
import type { Addon, ModelHandle } from "#weir/llama/addon.js";
import { contextOptions } from "../native/addon.js";

/** What a comparison found. */
export interface Agreement {
  readonly equal: number;
  /** Answers that differ from some token on, where the two best logits were closer than rounding. */
  readonly rounded: number;
}

/**
 * Asserts that two greedy answers to each prompt are the same tokens, or part where the two best logits were closer
 * than llama.cpp's own rounding, which is measured at that very place.
 */
export function assertSameGreedy(
  addon: Addon,
  model: ModelHandle,
  prompts: readonly Int32Array[],
  answers: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
): Agreement {
  let equal = 0;
  let rounded = 0;
  for (const [index, prompt] of prompts.entries()) {
    const [got = [], want = []] = [answers[index], expected[index]];
    const at = want.findIndex((token, i) => got[i] !== token);
    if (at === -1) {
      assert.equal(got.length, want.length, `answer ${index} has another length`);
      equal++;
      continue;
    }
    const history = [...prompt, ...want.slice(0, at)];
    const { gap, rounding } = compareLogits(addon, model, history, want[at] ?? -1, got[at] ?? -1);
    assert.ok(
      isExplained(gap, rounding),
      `answer ${index}, token ${at}: ${got[at]} instead of ${want[at]}, which are ${gap} apart where rounding moves a logit by ${rounding}`,
    );
    rounded++;
  }
  return { equal, rounded };
}

/** In which the same history is computed, the quickest first. */
const otherPasses = [
  { rows: 512, flashAttention: "off" },
  { rows: 16, flashAttention: "auto" },
  { rows: 1, flashAttention: "auto" },
] as const;

/**
 * How far below the best logit the worse of two tokens is after `history`, and by how much any logit moves when the same
 * history is computed in other passes than as a whole: in as many of them as it takes to explain the gap.
 */
function compareLogits(
  addon: Addon,
  model: ModelHandle,
  history: readonly number[],
  a: number,
  b: number,
): { gap: number; rounding: number } {
  const whole = lastLogits(addon, model, history, { rows: 512, flashAttention: "auto" });
  const best = largest(whole);
  const gap = best - Math.min(whole[a] ?? -best, whole[b] ?? -best);
  let rounding = 0;
  for (const passes of otherPasses) {
    const other = lastLogits(addon, model, history, passes);
    rounding = Math.max(
      rounding,
      largest(whole.map((logit, token) => Math.abs(logit - (other[token] ?? 0)))),
    );
    if (isExplained(gap, rounding)) break;
  }
  return { gap, rounding };
}

/** Each of two logits may have moved so far. */
function isExplained(gap: number, rounding: number): boolean {
  return gap <= 2 * rounding;
}

/** The logits after the last token, in a fresh context, computed `rows` at a time. */
function lastLogits(
  addon: Addon,
  model: ModelHandle,
  history: readonly number[],
  { rows, flashAttention }: { rows: number; flashAttention: "auto" | "off" },
): Float32Array {
  const context = new addon.Context(
    model,
    contextOptions({ slots: 1, contextTokens: 1024, batchTokens: 512, flashAttention }),
  );
  let lastRow = 0;
  for (let start = 0; start < history.length; start += rows) {
    const piece = history.slice(start, start + rows);
    const cells = piece.flatMap((token, i) => [
      token,
      start + i,
      0,
      start + i === history.length - 1 ? rowMark.unsampled : rowMark.noSampler,
    ]);
    context.step(Int32Array.of(0, 0, piece.length, ...cells), () => {});
    lastRow = piece.length - 1;
  }
  const logits = context.logits(lastRow);
  context.close();
  return logits;
}

function largest(values: Float32Array): number {
  return values.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY);
}
