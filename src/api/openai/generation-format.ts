import type { z } from "zod";
import { WeirError } from "../../errors.js";
import type { Prompt } from "../../prompt/prompt.js";
import type { AnswerIdentity, AnswerStyle, FinishedAnswer } from "./answer.js";
import type { AnswerStream, StreamOptions } from "./answer-stream.js";
import { type ChatRequest, chatRequest } from "./chat-request.js";
import { chatStream } from "./chat-stream.js";
import { type CompletionRequest, completionRequest } from "./completion-request.js";
import { completionStream } from "./completion-stream.js";
import type { GenerationFields } from "./generation-fields.js";
import { toChatResponse } from "./to-chat-response.js";
import { toCompletionResponse } from "./to-completion-response.js";
import type { PromptField } from "./to-generation-request.js";
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
  /** Each of them is answered `n` times. Throws WeirError `invalid_value` for fields that contradict each other. */
  toPrompts(request: Request): readonly Prompt[];
  /** As AnswerConstraints has it. */
  topLogprobs(request: Request): number;
  /** One answer a choice. */
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
  topLogprobs: ({ logprobs, top_logprobs }) => (logprobs === true ? (top_logprobs ?? 0) : -1),
  toResponse: (identity, style, _request, answers) => toChatResponse(identity, style, answers),
  toStream: (identity, style, _request, options) => chatStream(identity, style, options),
};

export const completionFormat: GenerationFormat<CompletionRequest> = {
  schema: completionRequest,
  operation: "text_completion",
  promptField: "prompt",
  promptParts: ({ suffix }) => (suffix ? "prompt and suffix" : "prompt"),
  idPrefix: "cmpl-",
  toPrompts: (request) => {
    refuseEcho(request);
    return toTextPrompts(request);
  },
  topLogprobs: ({ logprobs }) => logprobs ?? -1,
  toResponse: (identity, _style, request, answers) =>
    toCompletionResponse(identity, answers, echoesOf(request)),
  toStream: (identity, _style, request, options) => completionStream(identity, options, echoesOf(request)),
};

/** What each choice's text begins with. */
function echoesOf(request: CompletionRequest): readonly string[] {
  if (request.echo !== true) return [];
  const answersEach = request.n ?? 1;
  return toTextPrompts(request).flatMap(({ text }) =>
    Array.from({ length: answersEach }, () => (typeof text === "string" ? text : "")),
  );
}

function refuseEcho(request: CompletionRequest): void {
  if (request.echo !== true) return;
  if (typeof request.logprobs === "number") {
    throw new WeirError(
      "invalid_value",
      "echo and logprobs together ask for log-probabilities of the prompt, which are not computed: leave one of them out.",
      { param: "echo" },
    );
  }
  if (toTextPrompts(request).some(({ text }) => typeof text !== "string")) {
    throw new WeirError("invalid_value", "echo needs a prompt of text: send text, or leave echo out.", {
      param: "echo",
    });
  }
}
