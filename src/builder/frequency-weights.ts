/** Weights of a sum of waves, and how far its crest stands out. */
export interface FrequencyWeights {
  /** One per frequency; not negative, their sum is 1. */
  readonly weights: readonly number[];
  /** The crest's height (1) less the highest value at any other distance: Σ w_k (1 - cos θ_k D) at the worst D. */
  readonly margin: number;
}

/**
 * The weights w for which Σ w_k cos(θ_k D), a wave with its crest of 1 at D = 0, stays as far as possible below it at
 * every D of 1 … distances.
 *
 * This is a zero-sum game: we mix frequencies, the opponent picks the distance that is hardest to tell from 0. It is
 * solved by multiplicative weights (Arora, Hazan and Kale 2012, section 3.2): each round the frequencies gain in
 * proportion to what they contribute at the worst distance. Both the best round and the mean of all are candidates.
 *
 * @param frequencies radians per token
 * @param distances in tokens
 */
export function distanceWeights(
  frequencies: readonly number[],
  distances: number,
  rounds: number,
): FrequencyWeights {
  const contributions = contributionTable(frequencies, distances);
  const rate = 3 * Math.sqrt(Math.log(frequencies.length) / rounds);
  let weights = frequencies.map(() => 1 / frequencies.length);
  let best: FrequencyWeights = { weights, margin: Number.NEGATIVE_INFINITY };
  const sums = frequencies.map(() => 0); // of the weights over the rounds
  for (let round = 0; round < rounds; round++) {
    const worst = lowest(contributions, weights);
    if (worst.value > best.margin) best = { weights, margin: worst.value };
    weights.forEach((weight, k) => {
      sums[k] = (sums[k] ?? 0) + weight;
    });
    weights = normalized(
      weights.map(
        (weight, k) => weight * Math.exp(rate * (contributions[worst.index * frequencies.length + k] ?? 0)),
      ),
    );
  }
  const mean = normalized(sums);
  const margin = lowest(contributions, mean).value;
  return margin > best.margin ? { weights: mean, margin } : best;
}

/** 1 - cos(θ_k D): a row of all frequencies for each distance from 1 on. */
function contributionTable(frequencies: readonly number[], distances: number): Float64Array {
  const table = new Float64Array(distances * frequencies.length);
  for (let i = 0; i < distances; i++) {
    for (const [k, theta] of frequencies.entries()) {
      table[i * frequencies.length + k] = 1 - Math.cos(theta * (i + 1));
    }
  }
  return table;
}

/** The row whose weighted sum is lowest. */
function lowest(table: Float64Array, weights: readonly number[]): { index: number; value: number } {
  let index = 0;
  let value = Number.POSITIVE_INFINITY;
  for (let at = 0; at < table.length; at += weights.length) {
    let sum = 0;
    for (let k = 0; k < weights.length; k++) sum += (weights[k] ?? 0) * (table[at + k] ?? 0);
    if (sum < value) {
      value = sum;
      index = at / weights.length;
    }
  }
  return { index, value };
}

function normalized(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
