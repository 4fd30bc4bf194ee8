import { z } from "zod";

/** OpenAI allows four; llama-server's users send more. */
const maxStopStrings = 16;

const stopString = z
  .string()
  .min(1)
  .refine((text) => text.isWellFormed(), {
    error: "must be whole characters: it has half of a surrogate pair",
  });
const penalty = z.number().min(-2).max(2);
/** llama.cpp divides by it, in single precision: 0 and what rounds to it are no penalty but an infinity. */
const repetition = z.number().min(0.001).max(1000);
/** The largest number that llama.cpp's integers hold. */
const maxInt32 = 2 ** 31 - 1;
const probability = z.number().min(0).max(1);

/** A field that would change the answer and cannot be honoured yet is refused, never silently ignored. */
export function notYet(what: string): string {
  return `is not supported yet: ${what}`;
}

/**
 * The fields that chat completions and completions have in common.
 *
 * Every one may be null: SDKs and gateways send null for what their user did not set.
 */
export const generationFields = {
  // Optional here though OpenAI requires it: llama-server's users leave it out, and with one model it is clear.
  model: z.string().nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: probability.nullish(),
  top_k: z.int().min(-1).max(maxInt32).nullish().describe("0 and -1 keep the whole vocabulary"),
  min_p: probability.nullish(),
  typical_p: probability.nullish(),
  seed: z.int().nullish().describe("Taken modulo 2^32; -1 is a random seed, as in llama.cpp"),
  presence_penalty: penalty.nullish(),
  frequency_penalty: penalty.nullish(),
  repetition_penalty: repetition.nullish(),
  repeat_penalty: repetition.nullish().describe("llama-server's name of repetition_penalty"),
  repeat_last_n: z
    .int()
    .min(-1)
    .max(maxInt32)
    .nullish()
    .describe("Tokens that the penalties look back at; -1 is the whole context"),
  logit_bias: z.record(z.string(), z.number().min(-100).max(100)).nullish(),
  ignore_eos: z.boolean().nullish(),
  stop: z.union([stopString, z.array(stopString).max(maxStopStrings)]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  n: z.literal(1, { error: "must be 1: one choice a request is the limit for now" }).nullish(),
  response_format: z
    .looseObject({ type: z.literal("text", { error: notYet('only {"type": "text"} is') }) })
    .nullish(),
  // llama-server's own, which change the answer.
  n_predict: z.null({ error: notYet("use max_tokens") }).optional(),
  mirostat: z.literal(0, { error: notYet("leave it out") }).nullish(),
  samplers: z.null({ error: notYet("leave it out") }).optional(),
  dynatemp_range: z.literal(0, { error: notYet("leave it out") }).nullish(),
  dry_multiplier: z.literal(0, { error: notYet("leave it out") }).nullish(),
  xtc_probability: z.literal(0, { error: notYet("leave it out") }).nullish(),
  grammar: z.null({ error: notYet("leave it out") }).optional(),
  json_schema: z.null({ error: notYet("leave it out") }).optional(),
  // Accounting of OpenAI's platform, without a meaning here.
  user: z.unknown().optional(),
  metadata: z.unknown().optional(),
  store: z.unknown().optional(),
  service_tier: z.unknown().optional(),
  safety_identifier: z.unknown().optional(),
  prompt_cache_key: z.unknown().optional(),
  prompt_cache_retention: z.unknown().optional(),
} as const;

const generationRequest = z.looseObject(generationFields);
export type GenerationFields = z.output<typeof generationRequest>;
