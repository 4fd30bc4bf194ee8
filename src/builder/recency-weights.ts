/** A score that falls with the distance, so that of several anchors the most recent wins. */
export interface RecencyWeights {
  /** Amplitudes in nats, one per frequency. */
  readonly amplitudes: readonly number[];
  /** The sum of their magnitudes: no score is beyond ± this, in nats. */
  readonly bound: number;
}

const slopeSamples = 64;
const rounds = 20_000;

/**
 * Amplitudes a for which f(D) = Σ a_k · -sin(θ_k (D - N/2)) falls by at least `natsPerToken` at every D of 0 … N.
 *
 * Each wave alone falls only around its zero at N/2. The slope is Σ a_k θ_k cos(θ_k (D - N/2)), and keys are rounded to
 * half precision in the KV cache, which adds noise of about 1.7e-4 of the length of the vector a. So we look for the
 * direction of a whose lowest slope is greatest (subgradient ascent on the unit sphere), and scale it.
 *
 * @param frequencies radians per token
 * @param contextTokens N
 */
export function recencyWeights(
  frequencies: readonly number[],
  contextTokens: number,
  natsPerToken: number,
): RecencyWeights {
  // The slope is even around N/2, so half of the distances tell it all; slow waves need few samples.
  const slopes = Array.from({ length: slopeSamples + 1 }, (_, j) => {
    const fromMiddle = ((j / slopeSamples) * contextTokens) / 2;
    return frequencies.map((theta) => theta * Math.cos(theta * fromMiddle));
  });
  // Start from the waves that fall over (nearly) the whole range.
  let direction = unit(frequencies.map((theta) => (theta * contextTokens < 2.9 ? theta : 0)));
  let best = { direction, slope: Number.NEGATIVE_INFINITY };
  for (let round = 0; round < rounds; round++) {
    const { slope, gradient } = flattest(slopes, direction);
    if (slope > best.slope) best = { direction, slope };
    const step = 0.3 / (1 + 0.01 * round) / length(gradient);
    direction = unit(direction.map((value, k) => value + step * (gradient[k] ?? 0)));
  }
  if (best.slope <= 0) throw new RangeError(`no score falls over ${contextTokens} tokens`);
  const amplitudes = best.direction.map((value) => (value * natsPerToken) / best.slope);
  return { amplitudes, bound: amplitudes.reduce((sum, value) => sum + Math.abs(value), 0) };
}

interface Slope {
  readonly slope: number;
  /** By the amplitudes: the row of the table that it was found in. */
  readonly gradient: readonly number[];
}

/** The lowest slope of a direction over the distances of the table's rows. */
function flattest(slopes: readonly (readonly number[])[], direction: readonly number[]): Slope {
  let lowest: Slope = { slope: Number.POSITIVE_INFINITY, gradient: [] };
  for (const gradient of slopes) {
    let slope = 0;
    for (let k = 0; k < gradient.length; k++) slope += (gradient[k] ?? 0) * (direction[k] ?? 0);
    if (slope < lowest.slope) lowest = { slope, gradient };
  }
  return lowest;
}

function unit(vector: readonly number[]): number[] {
  const norm = length(vector);
  return vector.map((value) => value / norm);
}

function length(vector: readonly number[]): number {
  return Math.hypot(...vector);
}
