import type { ModelSampling } from "../../registry/served-model.js";

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

type Names = Exclude<keyof typeof samplingDefaults, "ignoreEos">;
/** What applies to one answer. */
export type AnswerDefaults = Readonly<Record<Names, number> & { ignoreEos: boolean }>;

/** What the model's manifest says goes before that. `thinks`: the answer may begin with thinking. */
export function defaultsOf(sampling: ModelSampling | null, thinks: boolean): AnswerDefaults {
  return { ...samplingDefaults, ...((thinks ? sampling?.thinking : null) ?? sampling?.plain) };
}
