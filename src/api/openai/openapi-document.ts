import { z } from "zod";
import { chatRequest } from "./chat-request.js";
import { completionRequest } from "./completion-request.js";
import { embeddingRequest } from "./embedding-request.js";
import { rerankRequest } from "./rerank-request.js";
import {
  chatChunk,
  chatResponse,
  completionResponse,
  embeddingResponse,
  errorResponse,
  health,
  modelCard,
  modelList,
  rerankResponse,
} from "./responses.js";

const requests = {
  ChatRequest: chatRequest,
  CompletionRequest: completionRequest,
  EmbeddingRequest: embeddingRequest,
  RerankRequest: rerankRequest,
};
const responses = {
  ChatResponse: chatResponse,
  ChatChunk: chatChunk,
  CompletionResponse: completionResponse,
  EmbeddingResponse: embeddingResponse,
  RerankResponse: rerankResponse,
  ModelCard: modelCard,
  ModelList: modelList,
  Health: health,
  Error: errorResponse,
};
type SchemaName = keyof typeof requests | keyof typeof responses;

/** The OpenAPI 3.1 document of the API, with every schema made from the one that does the work. */
export function openapiDocument(): object {
  return {
    openapi: "3.1.0",
    info: { title: "Weir", version: "1", description: "OpenAI's API over llama.cpp" },
    security: [{ apiKey: [] }],
    paths: {
      "/v1/chat/completions": {
        post: generation("createChatCompletion", "ChatRequest", "ChatResponse", "ChatChunk"),
      },
      "/v1/completions": {
        post: generation("createCompletion", "CompletionRequest", "CompletionResponse", "CompletionResponse"),
      },
      "/v1/embeddings": { post: computation("createEmbedding", "EmbeddingRequest", "EmbeddingResponse") },
      "/v1/rerank": { post: computation("rerank", "RerankRequest", "RerankResponse") },
      "/v1/models": { get: lookup("listModels", "ModelList") },
      "/v1/models/{id}": {
        get: {
          ...lookup("retrieveModel", "ModelCard"),
          parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }],
        },
      },
      "/health": { get: { ...lookup("health", "Health"), security: [] } },
    },
    components: {
      securitySchemes: { apiKey: { type: "http", scheme: "bearer" } },
      schemas: { ...jsonSchemas(requests, "input"), ...jsonSchemas(responses, "output") },
    },
  };
}

function generation(
  operationId: string,
  request: SchemaName,
  response: SchemaName,
  chunk: SchemaName,
): object {
  return {
    operationId,
    requestBody: { required: true, content: json(request) },
    responses: {
      200: {
        description: "The answer; with `stream: true` one server-sent event a chunk, the last one `[DONE]`",
        content: { ...json(response), "text/event-stream": { schema: reference(chunk) } },
      },
      default: { description: "An error", content: json("Error") },
    },
  };
}

function computation(operationId: string, request: SchemaName, response: SchemaName): object {
  return { ...lookup(operationId, response), requestBody: { required: true, content: json(request) } };
}

function lookup(operationId: string, response: SchemaName): object {
  return {
    operationId,
    responses: {
      200: { description: "OK", content: json(response) },
      default: { description: "An error", content: json("Error") },
    },
  };
}

function json(name: SchemaName): object {
  return { "application/json": { schema: reference(name) } };
}

function reference(name: SchemaName): object {
  return { $ref: `#/components/schemas/${name}` };
}

function jsonSchemas(schemas: Readonly<Record<string, z.ZodType>>, io: "input" | "output"): object {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
      return [name, rest];
    }),
  );
}
