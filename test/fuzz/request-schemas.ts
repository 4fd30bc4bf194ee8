import type { z } from "zod";
import { chatRequest } from "#weir/api/openai/chat-request.js";
import { completionRequest } from "#weir/api/openai/completion-request.js";
import { detokenizeRequest, tokenizeRequest } from "#weir/api/openai/text-requests.js";

/** The schema of each endpoint that takes a body. */
export const requestSchemas: Readonly<Record<string, z.ZodObject>> = {
  "/v1/chat/completions": chatRequest,
  "/v1/completions": completionRequest,
  "/tokenize": tokenizeRequest,
  "/detokenize": detokenizeRequest,
  "/apply-template": chatRequest,
};
