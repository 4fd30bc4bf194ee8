import { z } from "zod";

// The answers' schemas: the converters' return types and the OpenAPI document are both made from them.

export const usage = z.object({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  prompt_tokens_details: z.object({
    cached_tokens: z.int().describe("Prompt tokens found in the KV cache and not computed again"),
  }),
});

export const finishReason = z.enum(["stop", "length"]);

const identity = { id: z.string(), created: z.int().describe("Unix seconds"), model: z.string() };

export const chatResponse = z.object({
  ...identity,
  object: z.literal("chat.completion"),
  choices: z.array(
    z.object({
      index: z.literal(0),
      message: z.object({
        role: z.literal("assistant"),
        content: z.string(),
        reasoning_content: z.string().optional().describe("The model's thinking, where there is some"),
        refusal: z.null(),
      }),
      logprobs: z.null(),
      finish_reason: finishReason,
    }),
  ),
  usage,
});

export const chatChunk = z.object({
  ...identity,
  object: z.literal("chat.completion.chunk"),
  choices: z.array(
    z.object({
      index: z.literal(0),
      delta: z.object({
        role: z.literal("assistant").optional(),
        content: z.string().optional(),
        reasoning_content: z.string().optional(),
      }),
      logprobs: z.null(),
      finish_reason: finishReason.nullable(),
    }),
  ),
  usage: usage.nullable().optional().describe("Only with stream_options.include_usage: in the last chunk"),
});

export const completionResponse = z.object({
  ...identity,
  object: z.literal("text_completion"),
  choices: z.array(
    z.object({
      index: z.literal(0),
      text: z.string(),
      logprobs: z.null(),
      finish_reason: finishReason.nullable().describe("null in the chunks before the last"),
    }),
  ),
  usage: usage.nullable().optional(),
});

const textUsage = z.object({ prompt_tokens: z.int(), total_tokens: z.int() });

export const embeddingResponse = z.object({
  object: z.literal("list"),
  data: z.array(
    z.object({
      object: z.literal("embedding"),
      index: z.int(),
      embedding: z.union([z.array(z.number()), z.string().describe("With encoding_format: base64")]),
    }),
  ),
  model: z.string(),
  usage: textUsage,
});

export const rerankResponse = z.object({
  model: z.string(),
  object: z.literal("list"),
  usage: textUsage,
  results: z.array(
    z.object({
      index: z.int().describe("Of the document in the request"),
      relevance_score: z.number().describe("As the model gives it: a probability, or any number"),
      document: z.object({ text: z.string() }).optional().describe("Only with return_documents"),
    }),
  ),
});

export const modelCard = z.object({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.string(),
  context_length: z.int().describe("Tokens of prompt and answer together"),
});

export const modelList = z.object({ object: z.literal("list"), data: z.array(modelCard) });

export const health = z.object({ status: z.literal("ok") });

export const errorResponse = z.object({
  error: z.object({
    message: z.string(),
    type: z.enum(["invalid_request_error", "server_error"]),
    param: z.string().nullable(),
    code: z.string(),
  }),
});

export type Usage = z.output<typeof usage>;
export type ChatResponse = z.output<typeof chatResponse>;
export type ChatChunk = z.output<typeof chatChunk>;
export type CompletionResponse = z.output<typeof completionResponse>;
export type TextUsage = z.output<typeof textUsage>;
export type EmbeddingResponse = z.output<typeof embeddingResponse>;
export type RerankResponse = z.output<typeof rerankResponse>;
export type ModelCard = z.output<typeof modelCard>;
export type ModelList = z.output<typeof modelList>;
export type ErrorResponse = z.output<typeof errorResponse>;
