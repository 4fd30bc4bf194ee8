import { z } from "zod";
import type { ModelDescription, ServedModel } from "../../registry/served-model.js";
import { defaultsOf } from "./sampling-defaults.js";

/** The query of GET /props. */
export const propsQuery = z.looseObject({ model: z.string().optional() });

const generationSettings = z.object({
  seed: z.int().describe("2^32 - 1: a random one for every request"),
  temperature: z.number(),
  top_k: z.int(),
  top_p: z.number(),
  min_p: z.number(),
  typical_p: z.number(),
  repeat_last_n: z.int(),
  repeat_penalty: z.number(),
  presence_penalty: z.number(),
  frequency_penalty: z.number(),
  ignore_eos: z.boolean(),
  max_tokens: z.int().describe("-1: what is left of the slot"),
  n_predict: z.int(),
  stream: z.boolean(),
  samplers: z.array(z.string()).describe("In their order"),
});

/** The answer to GET /props: of llama-server's, what is true of Weir. */
export const props = z.object({
  default_generation_settings: z.object({
    n_ctx: z.int().describe("Tokens that a slot holds, prompt and answer together"),
    params: generationSettings,
  }),
  total_slots: z.int(),
  model_alias: z.string().describe("The model's name in requests"),
  model_path: z.string().describe("The name of the model's file, without its folder"),
  model_ftype: z.string().describe("How the weights are quantized"),
  modalities: z.object({ vision: z.literal(false), video: z.literal(false), audio: z.literal(false) }),
  endpoint_slots: z.literal(true),
  endpoint_props: z.literal(false).describe("Properties can't be changed by POST"),
  endpoint_metrics: z.literal(true),
  chat_template: z.string(),
  chat_template_tool_use: z.string().optional().describe("Where the model has one of its own for tools"),
  chat_template_caps: z
    .record(z.string(), z.boolean())
    .describe("What llama.cpp found out about the template"),
  bos_token: z.string(),
  eos_token: z.string(),
  build_info: z.string(),
  is_sleeping: z.literal(false),
});

export type Props = z.output<typeof props>;

/** @param fingerprint Weir's build, as in `system_fingerprint` */
export function toProps(
  { id, facts }: ServedModel,
  description: ModelDescription,
  fingerprint: string,
): Props {
  const { toolTemplate } = description;
  return {
    default_generation_settings: { n_ctx: facts.contextTokens, params: defaultSettings(facts) },
    total_slots: facts.slots,
    model_alias: id,
    model_path: facts.fileName,
    model_ftype: description.fileType,
    modalities: { vision: false, video: false, audio: false },
    endpoint_slots: true,
    endpoint_props: false,
    endpoint_metrics: true,
    chat_template: description.chatTemplate,
    ...(toolTemplate === "" ? {} : { chat_template_tool_use: toolTemplate }),
    chat_template_caps: description.templateCapabilities,
    bos_token: description.bosToken,
    eos_token: description.eosToken,
    build_info: `${fingerprint} (llama.cpp ${facts.llamaCppRelease})`,
    is_sleeping: false,
  };
}

/** Of a chat that says nothing. */
function defaultSettings({ sampling }: ServedModel["facts"]): z.output<typeof generationSettings> {
  const defaults = defaultsOf(sampling ?? null, true);
  return {
    seed: 2 ** 32 - 1,
    temperature: defaults.temperature,
    top_k: defaults.topK,
    top_p: defaults.topP,
    min_p: defaults.minP,
    typical_p: defaults.typicalP,
    repeat_last_n: defaults.penaltyWindowTokens,
    repeat_penalty: defaults.repetitionPenalty,
    presence_penalty: defaults.presencePenalty,
    frequency_penalty: defaults.frequencyPenalty,
    ignore_eos: defaults.ignoreEos,
    max_tokens: -1,
    n_predict: -1,
    stream: false,
    // native/src/sampler.cc adds them in this order.
    samplers: ["penalties", "top_k", "typ_p", "top_p", "min_p", "temperature"],
  };
}
