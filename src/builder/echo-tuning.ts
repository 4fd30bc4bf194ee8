import { distanceWeights, type FrequencyWeights } from "./frequency-weights.js";
import { type RecencyWeights, recencyWeights } from "./recency-weights.js";
import { frequency, pairs } from "./rotary-pairs.js";

/** The numbers of the echo model that depend on the length of the context. */
export interface EchoTuning {
  readonly contextTokens: number;
  readonly lookBack: FrequencyWeights;
  readonly self: FrequencyWeights;
  readonly phasor: FrequencyWeights;
  readonly recency: RecencyWeights;
}

/**
 * @param contextTokens positions over which every score has to be unique
 * @param recencyNats by how much an anchor's score falls with each token of distance
 */
export function tuneEcho(contextTokens: number, recencyNats: number): EchoTuning {
  // More rounds raise the margins by less than a hundredth.
  return {
    contextTokens,
    lookBack: distanceWeights(pairs.lookBack.map(frequency), contextTokens, 400),
    self: distanceWeights(pairs.self.map(frequency), contextTokens, 400),
    phasor: distanceWeights(pairs.phasor.map(frequency), contextTokens, 600),
    recency: recencyWeights(pairs.recency.map(frequency), contextTokens, recencyNats),
  };
}
