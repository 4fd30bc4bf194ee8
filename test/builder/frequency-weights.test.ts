import assert from "node:assert/strict";
import { test } from "node:test";
import { tuneEcho } from "#weir/builder/echo-tuning.js";
import type { FrequencyWeights } from "#weir/builder/frequency-weights.js";
import { frequency, pairs } from "#weir/builder/rotary-pairs.js";

const users = ["lookBack", "self", "phasor"] as const;

/** How far the sum of waves stays below its crest at any distance but 0. */
function lowestGap(pairsOfUser: readonly number[], { weights }: FrequencyWeights, distances: number): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (let distance = 1; distance <= distances; distance++) {
    const height = pairsOfUser.reduce((sum, pair, k) => {
      return sum + (weights[k] ?? 0) * Math.cos(frequency(pair) * distance);
    }, 0);
    lowest = Math.min(lowest, 1 - height);
  }
  return lowest;
}

for (const contextTokens of [256, 8192, 16_384]) {
  const tuning = tuneEcho(contextTokens, 5);

  for (const user of users) {
    test(`the crest of ${user} is unique over ${contextTokens} tokens, by the margin that is stated`, () => {
      const gap = lowestGap(pairs[user], tuning[user], contextTokens);
      assert.ok(gap > 0.08 && Math.abs(gap - tuning[user].margin) < 1e-9, `gap ${gap}`);
    });

    test(`the weights of ${user} over ${contextTokens} tokens are positive and sum to 1`, () => {
      const { weights } = tuning[user];
      const sum = weights.reduce((total, weight) => total + weight, 0);
      assert.ok(Math.min(...weights) > 0 && Math.abs(sum - 1) < 1e-9);
    });
  }

  const { amplitudes, bound } = tuning.recency;
  const scores = Array.from({ length: contextTokens + 1 }, (_, distance) =>
    pairs.recency.reduce((sum, pair, k) => {
      return sum - (amplitudes[k] ?? 0) * Math.sin(frequency(pair) * (distance - contextTokens / 2));
    }, 0),
  );

  test(`recency falls by 5 nats with each of ${contextTokens} tokens`, () => {
    const falls = scores.slice(1).map((score, i) => (scores[i] ?? 0) - score);
    assert.ok(falls.every((fall) => fall > 4.99));
  });

  test(`recency over ${contextTokens} tokens stays within 0.7 of its bound, as the scores of layers 3 and 4 need`, () => {
    assert.ok(scores.every((score) => Math.abs(score) <= 0.7 * bound));
  });
}
