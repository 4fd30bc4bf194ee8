import { z } from "zod";
import { queueReport, slotReport, usageReport } from "./admin-reports.js";
import { chatRequest } from "./chat-request.js";
import { completionRequest } from "./completion-request.js";
import { embeddingRequest } from "./embedding-request.js";
import { statusKey, statusOf } from "./field-status.js";
import { llamaCompletionRequest, llamaCompletionResponse } from "./llama-completion.js";
import { modelReport } from "./model-reports.js";
import { props } from "./props.js";
import { rerankRequest } from "./rerank-request.js";
import {
  chatChunk,
  chatResponse,
  completionResponse,
  embeddingResponse,
  errorResponse,
  health,
  liveness,
  modelCard,
  modelList,
  rerankResponse,
} from "./responses.js";
import { slotList } from "./slot-list.js";
import { swapEvent, swapReport, swapRequest } from "./swap.js";
import { detokenizeRequest, tokenizeRequest } from "./text-requests.js";
import { applyTemplateResponse, detokenizeResponse, tokenizeResponse } from "./text-responses.js";

const requests = {
  ChatRequest: chatRequest,
  CompletionRequest: completionRequest,
  LlamaCompletionRequest: llamaCompletionRequest,
  EmbeddingRequest: embeddingRequest,
  RerankRequest: rerankRequest,
  TokenizeRequest: tokenizeRequest,
  DetokenizeRequest: detokenizeRequest,
  SwapRequest: swapRequest,
};
const responses = {
  ChatResponse: chatResponse,
  ChatChunk: chatChunk,
  CompletionResponse: completionResponse,
  LlamaCompletionResponse: llamaCompletionResponse,
  EmbeddingResponse: embeddingResponse,
  RerankResponse: rerankResponse,
  TokenizeResponse: tokenizeResponse,
  DetokenizeResponse: detokenizeResponse,
  ApplyTemplateResponse: applyTemplateResponse,
  ModelCard: modelCard,
  ModelList: modelList,
  Props: props,
  SlotList: slotList,
  Health: health,
  Liveness: liveness,
  UsageReport: usageReport,
  QueueReport: queueReport,
  SlotReport: slotReport,
  ModelReport: modelReport,
  SwapReport: swapReport,
  SwapEvent: swapEvent,
  Error: errorResponse,
};

export type RequestName = keyof typeof requests;
export type ResponseName = keyof typeof responses;

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** JSON schemas by name, each made from the zod schema that does the work. */
export function openapiSchemas(): Readonly<Record<RequestName | ResponseName, JsonSchema>> {
  return { ...jsonSchemas(requests, "input"), ...jsonSchemas(responses, "output") };
}

/** A JSON schema with the status of every field that is not simply supported. */
export function jsonSchema(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    override: ({ zodSchema, jsonSchema: { properties } }) => {
      if (!(zodSchema instanceof z.ZodObject) || io === "output") return;
      for (const [name, property] of Object.entries(properties ?? {})) {
        const status = statusOf(zodSchema.shape[name]);
        if (status !== "supported" && typeof property === "object") property[statusKey] = status;
      }
    },
  });
  return rest;
}

function jsonSchemas<Name extends string>(
  schemas: Readonly<Record<Name, z.ZodType>>,
  io: "input" | "output",
): Record<Name, JsonSchema> {
  const entries = Object.entries<z.ZodType>(schemas).map(([name, schema]) => [name, jsonSchema(schema, io)]);
  return Object.fromEntries(entries) as Record<Name, JsonSchema>; // the same names
}
