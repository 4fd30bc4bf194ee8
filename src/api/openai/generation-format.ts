import type { z } from "zod";
import type { Prompt } from "../../prompt/prompt.js";
import type { AnswerIdentity, AnswerStyle, FinishedAnswer } from "./answer.js";
import type { AnswerStream, StreamOptions } from "./answer-stream.js";
import { type ChatRequest, chatRequest } from "./chat-request.js";
import { chatStream } from "./chat-stream.js";
import { type CompletionRequest, completionRequest, echoesLogprobs } from "./completion-request.js";
import { completionStream } from "./completion-stream.js";
import type { GenerationFields } from "./generation-fields.js";
import {
  type LlamaCompletionRequest,
  llamaCompletionRequest,
  llamaCompletionStream,
  toLlamaCompletion,
} from "./llama-completion.js";
import { toChatResponse } from "./to-chat-response.js";
import { toCompletionResponse } from "./to-completion-response.js";
import { toContentRequest } from "./to-content-request.js";
import type { AnswerReports, PromptField } from "./to-generation-request.js";
import { toChatPrompt, toTextPrompts } from "./to-prompt.js";

/** What OpenTelemetry calls it. */
export type GenerationOperation = "chat" | "text_completion";

/** All that a route needs to know about a wire format in which text can be asked for. */
export interface GenerationFormat<Request extends GenerationFields> {
  readonly schema: z.ZodObject & z.ZodType<Request>;
  readonly operation: GenerationOperation;
  readonly promptField: PromptField;
  /** As GenerationOrigin has it. */
  promptParts(request: Request): string;
  readonly idPrefix: string;
  /** Throws WeirError `invalid_value` for fields that contradict each other. */
  toPrompts(request: Request): readonly Prompt[];
  reports(request: Request): AnswerReports;
  /** How many answers to each prompt are generated. */
  answersEach(request: Request): number;
  /** All answers that were generated. */
  toResponse(
    identity: AnswerIdentity,
    style: AnswerStyle,
    request: Request,
    answers: readonly FinishedAnswer[],
  ): object;
  toStream(
    identity: AnswerIdentity,
    style: AnswerStyle,
    request: Request,
    options: StreamOptions,
  ): AnswerStream;
}

export const chatFormat: GenerationFormat<ChatRequest> = {
  schema: chatRequest,
  operation: "chat",
  promptField: "messages",
  promptParts: ({ tools, tool_choice }) =>
    tools?.length && tool_choice !== "none" ? "messages and tools" : "messages",
  idPrefix: "chatcmpl-",
  toPrompts: (request) => [toChatPrompt(request)],
  reports: ({ logprobs, top_logprobs }) => ({
    topLogprobs: logprobs === true ? (top_logprobs ?? 0) : -1,
    scoresPrompt: false,
    reportsEnd: false,
  }),
  answersEach: ({ n }) => n ?? 1,
  toResponse: (identity, style, _request, answers) => toChatResponse(identity, style, answers),
  toStream: (identity, style, _request, options) => chatStream(identity, style, options),
};

export const completionFormat: GenerationFormat<CompletionRequest> = {
  schema: completionRequest,
  operation: "text_completion",
  promptField: "prompt",
  promptParts: ({ suffix }) => (suffix ? "prompt and suffix" : "prompt"),
  idPrefix: "cmpl-",
  toPrompts: toTextPrompts,
  reports: (request) => {
    const chooses = answersEach(request) > (request.n ?? 1);
    return {
      topLogprobs: request.logprobs ?? (chooses ? 0 : -1),
      scoresPrompt: echoesLogprobs(request),
      reportsEnd: chooses || echoesLogprobs(request),
    };
  },
  answersEach,
  toResponse: (identity, _style, request, answers) => toCompletionResponse(identity, answers, request),
  toStream: (identity, _style, request, options) => completionStream(identity, options, request),
};

function answersEach({ n, best_of }: CompletionRequest): number {
  return Math.max(n ?? 1, best_of ?? 1);
}

export const llamaCompletionFormat: GenerationFormat<LlamaCompletionRequest> = {
  schema: llamaCompletionRequest,
  operation: "text_completion",
  promptField: "prompt",
  promptParts: () => "prompt",
  idPrefix: "cmpl-",
  toPrompts: (request) => [
    { kind: "text", text: request.prompt, suffix: "", echo: "none", content: toContentRequest(request) },
  ],
  reports: () => ({ topLogprobs: -1, scoresPrompt: false, reportsEnd: false }),
  answersEach: () => 1,
  toResponse: ({ model }, _style, _request, answers) => {
    const [answer] = answers;
    if (answer === undefined) throw new RangeError("a request has an answer");
    return toLlamaCompletion(model, answer);
  },
  toStream: ({ model }, _style, _request, options) => llamaCompletionStream(model, options),
};
