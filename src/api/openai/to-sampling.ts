import type { AnswerConstraints, SamplingParameters } from "../../engine/generation.js";
import { WeirError } from "../../errors.js";
import type { GenerationFields } from "./generation-fields.js";
import { quote } from "./issue-text.js";
import { type AnswerDefaults, samplingDefaults } from "./sampling-defaults.js";

/** llama.cpp reads this seed as "take a random one" (LLAMA_DEFAULT_SEED). */
const randomSeedMark = 0xffff_ffff;

/** A logit bias of -100 means "never" to OpenAI, whatever the model's logits are. */
const ban = -100;

/** What the prompt's preparation says of the answer, and what each wire format calls log-probabilities. */
export type PreparedConstraints = Omit<AnswerConstraints, "minTokens" | "stopTokens">;

/** `randomSeed`: what to use where the request has none; an integer from 0 to 2^32 - 2. */
export function toSampling(
  fields: GenerationFields,
  constraints: PreparedConstraints,
  vocabularySize: number,
  randomSeed: number,
  defaults: AnswerDefaults = samplingDefaults,
): SamplingParameters {
  return {
    ...constraints,
    minTokens: fields.min_tokens ?? 0,
    stopTokens: toStopTokens(fields.stop_token_ids ?? [], vocabularySize),
    temperature: toTemperature(fields.temperature ?? defaults.temperature),
    topK: Math.max(0, fields.top_k ?? defaults.topK),
    topP: fields.top_p ?? defaults.topP,
    minP: fields.min_p ?? defaults.minP,
    typicalP: fields.typical_p ?? defaults.typicalP,
    seed: toSeed(fields.seed, randomSeed),
    presencePenalty: fields.presence_penalty ?? defaults.presencePenalty,
    frequencyPenalty: fields.frequency_penalty ?? defaults.frequencyPenalty,
    repetitionPenalty: fields.repetition_penalty ?? fields.repeat_penalty ?? defaults.repetitionPenalty,
    penaltyWindowTokens: fields.repeat_last_n ?? defaults.penaltyWindowTokens,
    logitBias: toLogitBias(fields.logit_bias ?? {}, vocabularySize),
    ignoreEos: fields.ignore_eos ?? defaults.ignoreEos,
  };
}

function toSeed(seed: number | null | undefined, randomSeed: number): number {
  if (seed === null || seed === undefined) return randomSeed;
  const folded = seed >>> 0;
  return folded === randomSeedMark ? randomSeed : folded;
}

function toStopTokens(ids: readonly number[], vocabularySize: number): readonly number[] {
  const unknown = ids.find((id) => id >= vocabularySize);
  if (unknown === undefined) return ids;
  throw new WeirError(
    "invalid_value",
    `stop_token_ids has ${unknown}: this model's tokens are 0 to ${vocabularySize - 1}.`,
    { param: "stop_token_ids" },
  );
}

function toLogitBias(
  biases: Readonly<Record<string, number>>,
  vocabularySize: number,
): SamplingParameters["logitBias"] {
  return Object.entries(biases).map(([id, bias]) => {
    const token = /^\d{1,10}$/.test(id) ? Number(id) : Number.NaN;
    if (!(token < vocabularySize)) {
      throw new WeirError(
        "invalid_value",
        `logit_bias has the key ${quote(id)}: keys must be token ids from 0 to ${vocabularySize - 1}.`,
        { param: "logit_bias" },
      );
    }
    return [token, bias === ban ? Number.NEGATIVE_INFINITY : bias] as const;
  });
}

/** What is less is meant as 0, and divided by it logits would be infinite. */
const leastTemperature = 1e-4;

function toTemperature(temperature: number): number {
  return temperature < leastTemperature ? 0 : temperature;
}
