import { z } from "zod";

// The answers' schemas: the converters' return types and the OpenAPI document are both made from them.

export const usage = z.object({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
  prompt_tokens_details: z.object({
    cached_tokens: z.int().describe("Prompt tokens found in the KV cache and not computed again"),
  }),
  completion_tokens_details: z.object({
    reasoning_tokens: z
      .int()
      .describe("Completion tokens that are thinking, without its tags and the white space next to them"),
  }),
});

const milliseconds = z.number();
export const timings = z
  .object({
    cache_n: z.int(),
    prompt_n: z.int(),
    prompt_ms: milliseconds,
    prompt_per_token_ms: milliseconds,
    prompt_per_second: z.number(),
    predicted_n: z.int(),
    predicted_ms: milliseconds,
    predicted_per_token_ms: milliseconds,
    predicted_per_second: z.number(),
  })
  .describe("llama-server's times; of answers with one choice, in the last chunk of a stream");

export const warnings = z.array(z.string()).describe("What of the request could not be held to the letter");

export const finishReason = z.enum(["stop", "length", "tool_calls"]);

const identity = {
  id: z.string(),
  created: z.int().describe("Unix seconds"),
  model: z.string(),
  system_fingerprint: z
    .string()
    .describe("The build of Weir, and what tells the file that answers from others: a swap changes it"),
};

const tokenLogprob = z.object({
  token: z.string(),
  logprob: z.number().describe("Before temperature, bias and penalties; -9999 is never"),
  bytes: z.array(z.int()),
});

export const chatLogprobs = z.object({
  content: z
    .array(tokenLogprob.extend({ top_logprobs: z.array(tokenLogprob) }))
    .describe("The tokens of the content and of tool calls; not those of the thinking"),
  refusal: z.null(),
});

export const completionLogprobs = z.object({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().nullable()).describe("null of a prompt's first token"),
  top_logprobs: z.array(z.record(z.string(), z.number()).nullable()),
  text_offset: z.array(z.int()),
});

const reasoning = z.string().optional().describe("The model's thinking, where there is some");

export const chatResponse = z.object({
  ...identity,
  object: z.literal("chat.completion"),
  choices: z.array(
    z.object({
      index: z.int(),
      message: z.object({
        role: z.literal("assistant"),
        content: z.string().nullable().describe("null where the answer is tool calls and nothing else"),
        reasoning_content: reasoning,
        reasoning,
        tool_calls: z
          .array(
            z.object({
              id: z.string(),
              type: z.literal("function"),
              function: z.object({ name: z.string(), arguments: z.string() }),
            }),
          )
          .optional(),
        refusal: z.null(),
      }),
      logprobs: chatLogprobs.nullable(),
      finish_reason: finishReason,
    }),
  ),
  usage,
  timings: timings.optional(),
  warnings: warnings.optional(),
});

export const promptProgress = z.object({
  total: z.int(),
  cache: z.int(),
  processed: z.int(),
  time_ms: z.number(),
});

export const chatChunk = z.object({
  ...identity,
  object: z.literal("chat.completion.chunk"),
  choices: z.array(
    z.object({
      index: z.int(),
      delta: z.object({
        role: z.literal("assistant").optional(),
        content: z.string().optional(),
        reasoning_content: z.string().optional(),
        reasoning: z.string().optional(),
        tool_calls: z
          .array(
            z.object({
              index: z.int(),
              id: z.string().optional(),
              type: z.literal("function").optional(),
              function: z.object({ name: z.string().optional(), arguments: z.string() }),
            }),
          )
          .optional(),
      }),
      logprobs: chatLogprobs.nullable(),
      finish_reason: finishReason.nullable(),
    }),
  ),
  usage: usage.nullable().optional().describe("Only with stream_options.include_usage: in the last chunk"),
  timings: timings.optional(),
  warnings: warnings.optional(),
  prompt_progress: promptProgress.optional().describe("Only with return_progress"),
});

export const completionResponse = z.object({
  ...identity,
  object: z.literal("text_completion"),
  choices: z.array(
    z.object({
      index: z.int(),
      text: z.string(),
      logprobs: completionLogprobs.nullable(),
      finish_reason: finishReason.nullable().describe("null in the chunks before the last"),
    }),
  ),
  usage: usage.nullable().optional(),
  timings: timings.optional(),
  warnings: warnings.optional(),
  prompt_progress: promptProgress.optional(),
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
  data: z
    .array(z.object({ index: z.int(), relevance_score: z.number() }))
    .describe("The same under Voyage's name, which Continue reads"),
});

export const modelCard = z.object({
  id: z.string(),
  object: z.literal("model"),
  created: z.int(),
  owned_by: z.string(),
  context_length: z.int().describe("Tokens of prompt and answer together"),
  status: z
    .object({
      value: z
        .enum(["unloaded", "loading", "loaded"])
        .describe('"unloaded" ones are loaded when somebody asks for them; "loading": requests wait'),
      failed: z.literal(true).optional().describe("It could not be loaded, or its engine has failed"),
    })
    .describe("llama-server's, whether the model is in memory"),
});

export const modelList = z.object({ object: z.literal("list"), data: z.array(modelCard) });

export const health = z.object({
  status: z.literal("ok"),
  failed_models: z
    .int()
    .optional()
    .describe("Where others serve: how many models could not be loaded; `/admin/models` names them"),
});

export const liveness = z.object({
  status: z.literal("ok"),
  state: z.enum(["loading", "ready", "unhealthy", "failed", "draining"]),
});

export const errorResponse = z.object({
  error: z.object({
    message: z.string(),
    type: z.enum(["invalid_request_error", "server_error", "requests", "tokens"]),
    param: z.string().nullable(),
    code: z.string(),
  }),
});

export type Usage = z.output<typeof usage>;
export type Timings = z.output<typeof timings>;
export type ChatLogprobs = z.output<typeof chatLogprobs>;
export type CompletionLogprobs = z.output<typeof completionLogprobs>;
export type ChatResponse = z.output<typeof chatResponse>;
export type ChatChunk = z.output<typeof chatChunk>;
export type CompletionResponse = z.output<typeof completionResponse>;
export type TextUsage = z.output<typeof textUsage>;
export type EmbeddingResponse = z.output<typeof embeddingResponse>;
export type RerankResponse = z.output<typeof rerankResponse>;
export type ModelCard = z.output<typeof modelCard>;
export type ModelList = z.output<typeof modelList>;
export type Health = z.output<typeof health>;
export type Liveness = z.output<typeof liveness>;
export type ErrorResponse = z.output<typeof errorResponse>;
