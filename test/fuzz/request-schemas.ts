import type { z } from "zod";
import { chatRequest } from "#weir/api/openai/chat-request.js";
import { completionRequest } from "#weir/api/openai/completion-request.js";
import { embeddingRequest } from "#weir/api/openai/embedding-request.js";
import { llamaCompletionRequest } from "#weir/api/openai/llama-completion.js";
import { rerankRequest } from "#weir/api/openai/rerank-request.js";
import { swapRequest } from "#weir/api/openai/swap.js";
import { detokenizeRequest, tokenizeRequest } from "#weir/api/openai/text-requests.js";

/** The schema of each endpoint that takes a body. */
export const requestSchemas: Readonly<Record<string, z.ZodObject>> = {
  "/v1/chat/completions": chatRequest,
  "/v1/completions": completionRequest,
  "/completion": llamaCompletionRequest,
  "/tokenize": tokenizeRequest,
  "/detokenize": detokenizeRequest,
  "/v1/embeddings": embeddingRequest,
  "/v1/rerank": rerankRequest,
  "/apply-template": chatRequest,
  "/admin/models/{id}/swap": swapRequest,
};
