/** What applies where a request says nothing: llama-server's defaults, since that is where users come from. */
export const samplingDefaults = {
  temperature: 0.8,
  topK: 40,
  topP: 0.95,
  minP: 0.05,
  typicalP: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  repetitionPenalty: 1,
  penaltyWindowTokens: 64,
  ignoreEos: false,
} as const;
