import { type SamplingParameters, unconstrained } from "#weir/engine/generation.js";

/** What every request of the bench samples with; each has a seed of its own. */
export const workloadSampling: Omit<SamplingParameters, "seed"> = {
  temperature: 0.6,
  topK: 20,
  topP: 0.95,
  minP: 0,
  typicalP: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  repetitionPenalty: 1,
  penaltyWindowTokens: 0,
  logitBias: [],
  ignoreEos: true,
  ...unconstrained,
};
