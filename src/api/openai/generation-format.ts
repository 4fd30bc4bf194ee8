import type { z } from "zod";
import type { GenerationOutcome } from "../../engine/generation.js";
import type { Prompt, ReasoningFormat } from "../../prompt/prompt.js";
import type { AnswerIdentity } from "./answer.js";
import { type AnswerStream, ChatStream, CompletionStream } from "./answer-stream.js";
import { type ChatRequest, chatRequest } from "./chat-request.js";
import { type CompletionRequest, completionRequest } from "./completion-request.js";
import type { GenerationFields } from "./generation-fields.js";
import { toChatResponse } from "./to-chat-response.js";
import { toCompletionResponse } from "./to-completion-response.js";
import type { PromptField } from "./to-generation-request.js";
import { toChatPrompt, toTextPrompt } from "./to-prompt.js";

/** All that a route needs to know about a wire format in which text can be asked for. */
export interface GenerationFormat<Request extends GenerationFields> {
  readonly schema: z.ZodObject & z.ZodType<Request>;
  readonly promptField: PromptField;
  readonly idPrefix: string;
  toPrompt(request: Request): Prompt;
  toResponse(
    identity: AnswerIdentity,
    text: string,
    reasoning: ReasoningFormat | null,
    outcome: GenerationOutcome,
  ): object;
  toStream(identity: AnswerIdentity, request: Request, reasoning: ReasoningFormat | null): AnswerStream;
}

export const chatFormat: GenerationFormat<ChatRequest> = {
  schema: chatRequest,
  promptField: "messages",
  idPrefix: "chatcmpl-",
  toPrompt: toChatPrompt,
  toResponse: toChatResponse,
  toStream: (identity, request, reasoning) => new ChatStream(identity, includesUsage(request), reasoning),
};

export const completionFormat: GenerationFormat<CompletionRequest> = {
  schema: completionRequest,
  promptField: "prompt",
  idPrefix: "cmpl-",
  toPrompt: toTextPrompt,
  toResponse: (identity, text, _reasoning, outcome) => toCompletionResponse(identity, text, outcome),
  toStream: (identity, request) => new CompletionStream(identity, includesUsage(request)),
};

function includesUsage(request: GenerationFields): boolean {
  return request.stream_options?.include_usage === true;
}
