import { WeirError } from "../../errors.js";
import type { CallRequest, ChatPrompt, ContentRequest, TextPrompt } from "../../prompt/prompt.js";
import type { ChatRequest } from "./chat-request.js";
import { type CompletionRequest, echoesLogprobs } from "./completion-request.js";
import type { Message, Tool } from "./message.js";
import { thinkingBudget } from "./thinking-budget.js";
import { toCallRequest } from "./to-call-request.js";
import { toContentRequest } from "./to-content-request.js";

/** @throws WeirError `invalid_value`: fields that contradict each other */
export function toChatPrompt(request: ChatRequest): ChatPrompt {
  const calls = toCallRequest(request);
  const content = toContentRequest(request);
  const continues = continuesFinalMessage(request);
  refuseContradictions(calls, content);
  if (content !== null && continues) refuseBeginning(content, request.messages.at(-1));
  return {
    kind: "chat",
    messages: request.messages,
    // A model that does not see the tools cannot call one.
    tools: request.tool_choice === "none" ? [] : (request.tools ?? []).map(withoutNulls),
    templateArguments: templateArguments(request),
    continuesFinalMessage: continues,
    opensAnswer: request.add_generation_prompt !== false,
    calls,
    content,
    thinkingBudgetTokens: thinkingBudget(request),
  };
}

/** One for each prompt of the request. */
export function toTextPrompts(request: CompletionRequest): TextPrompt[] {
  const content = toContentRequest(request);
  return promptsOf(request.prompt).map((text) => ({
    kind: "text",
    text,
    suffix: request.suffix ?? "",
    echo: echoOf(request),
    content,
  }));
}

/** With log-probabilities the text is that of the tokens, a BOS before it included, so that they add up to it. */
function echoOf(request: CompletionRequest): TextPrompt["echo"] {
  if (request.echo !== true) return "none";
  return echoesLogprobs(request) ? "tokens" : "text";
}

function promptsOf(prompt: CompletionRequest["prompt"]): readonly (string | readonly number[])[] {
  if (typeof prompt === "string") return [prompt];
  const texts: (string | readonly number[])[] = [];
  const tokens: number[] = [];
  for (const each of prompt) {
    if (typeof each === "number") tokens.push(each);
    else texts.push(each);
  }
  return tokens.length > 0 ? [tokens] : texts;
}

function refuseContradictions(calls: CallRequest | null, content: ContentRequest | null): void {
  if (calls !== null && content?.kind === "grammar") {
    throw new WeirError(
      "invalid_value",
      "grammar can't be used together with tools: leave one of them out.",
      {
        param: "grammar",
      },
    );
  }
}

/** Only what the model adds could be held to it: beginning and rest together might be anything. */
function refuseBeginning({ at }: ContentRequest, last: Message | undefined): void {
  const beginning = last?.content ?? "";
  const isEmpty =
    typeof beginning === "string" ? beginning === "" : beginning.every(({ text }) => text === "");
  if (isEmpty) return;
  const [param = at] = at.split(".");
  throw new WeirError(
    "invalid_value",
    `${param} is for a whole answer, and can't hold one that the last message has begun: leave ${param} out, or the ` +
      "assistant's last message, or set continue_final_message to false so that it is answered.",
    { param },
  );
}

/** SDKs send null for what was not set; the template's JSON reader takes it for a value of a wrong type. */
function withoutNulls(tool: Tool): unknown {
  const set = Object.entries(tool.function).filter(([, value]) => value !== null);
  return { ...tool, function: Object.fromEntries(set) };
}

function templateArguments(request: ChatRequest): Readonly<Record<string, unknown>> {
  const { reasoning_effort: effort, enable_thinking: thinks } = request;
  return {
    ...(typeof effort === "string" && effort !== "none" ? { reasoning_effort: effort } : {}),
    ...(effort === "none" ? { enable_thinking: false } : {}),
    ...(typeof thinks === "boolean" ? { enable_thinking: thinks } : {}),
    ...request.chat_template_kwargs,
  };
}

/**
 * As llama-server: an assistant's message at the end is the beginning of the answer, unless the request says otherwise.
 *
 * @throws WeirError `invalid_value`: there is no such message
 */
function continuesFinalMessage(request: ChatRequest): boolean {
  const { messages, continue_final_message: asked, add_generation_prompt: opens } = request;
  const last = messages.at(-1);
  const isText = last?.role === "assistant" && !last.tool_calls?.length;
  if (asked === true && !isText) {
    throw new WeirError(
      "invalid_value",
      "continue_final_message is true, but the last message is not text of the assistant: there is nothing to continue.",
      { param: "continue_final_message" },
    );
  }
  if (asked === true && opens === true) {
    throw new WeirError(
      "invalid_value",
      "continue_final_message and add_generation_prompt exclude each other: set one of them to false.",
      { param: "continue_final_message" },
    );
  }
  return isText && asked !== false && opens !== true;
}
