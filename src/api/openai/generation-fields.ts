import { z } from "zod";
import { ignored, refused, refusedUnless } from "./field-status.js";
import { expected } from "./issue-text.js";
import { responseFormat } from "./response-format.js";
import { hint, userFields } from "./user-fields.js";

/** OpenAI allows four; llama-server's users send more. */
const maxStopStrings = 16;
const maxStopTokens = 64;

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
export const maxInt32 = 2 ** 31 - 1;
const probability = z.number().min(0).max(1);

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
  n_predict: z
    .union([
      z.literal(-1),
      z.int().min(1, { error: ({ input }) => expected("-1 or an integer of at least 1", input) }),
    ])
    .nullish()
    .describe("llama-server's name of max_tokens; -1 is no limit"),
  min_tokens: z
    .int()
    .min(0)
    .nullish()
    .describe(
      "The answer does not end before it has so many tokens, unless its grammar leaves nothing else, or a stop string comes",
    ),
  n: z.int().min(1).nullish().describe("Answers to the prompt; at most the number of slots"),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: probability.nullish(),
  top_k: z.int().min(-1).max(maxInt32).nullish().describe("0 and -1 keep the whole vocabulary"),
  min_p: probability.nullish(),
  typical_p: probability.nullish(),
  seed: z
    .int()
    .nullish()
    .describe("Taken modulo 2^32; -1 is a random seed, as in llama.cpp. Answer i of n has seed + i"),
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
  stop_token_ids: z.array(z.int().min(0).max(maxInt32)).max(maxStopTokens).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  response_format: responseFormat.nullish(),
  json_schema: z
    .union([z.record(z.string(), z.unknown()), z.boolean()])
    .nullish()
    .describe("llama-server's short form of response_format: the schema alone"),
  grammar: z.string().min(1).nullish().describe("GBNF; the content matches its rule `root`"),
  return_progress: z
    .boolean()
    .nullish()
    .describe("Streams `prompt_progress` while the prompt is computed, as llama-server"),
  // llama-server's own, which change the answer.
  mirostat: refusedUnless(0, "leave it out"),
  samplers: refused("leave it out: the order is llama-server's default"),
  dynatemp_range: refusedUnless(0, "leave it out"),
  dry_multiplier: refusedUnless(0, "leave it out"),
  xtc_probability: refusedUnless(0, "leave it out"),
  // llama-server's own, which don't.
  cache_prompt: ignored("Prompts are always cached"),
  id_slot: ignored("A request gets the slot that holds most of its prompt"),
  timings_per_token: ignored("The answer's `timings` are in the last chunk"),
  ...userFields,
  prompt_cache_key: hint
    .nullish()
    .describe(
      "Names a conversation: where its prompt was rewritten, it takes over its old slot and not somebody else's. What is the same is found without it",
    ),
  // Accounting of OpenAI's platform, without a meaning here.
  metadata: ignored("Weir keeps no answers"),
  store: ignored("Weir keeps no answers"),
  service_tier: ignored("There is one"),
  prompt_cache_retention: ignored("`--cache-ram` says how much is kept"),
} as const;

const generationRequest = z.looseObject(generationFields);
export type GenerationFields = z.output<typeof generationRequest>;
