import type { ChatPrompt, TextPrompt } from "../../prompt/prompt.js";
import type { ChatRequest } from "./chat-request.js";
import type { CompletionRequest } from "./completion-request.js";

export function toChatPrompt(request: ChatRequest): ChatPrompt {
  return {
    kind: "chat",
    messages: request.messages,
    // A model that does not see the tools cannot call one.
    tools: request.tool_choice === "none" ? [] : (request.tools ?? []),
    templateArguments: {
      ...effortArguments(request.reasoning_effort),
      ...request.chat_template_kwargs,
    },
  };
}

export function toTextPrompt({ prompt }: CompletionRequest): TextPrompt {
  return { kind: "text", text: typeof prompt === "string" ? prompt : prompt[0] };
}

function effortArguments(effort: string | null | undefined): Readonly<Record<string, unknown>> {
  if (effort === null || effort === undefined) return {};
  return effort === "none" ? { enable_thinking: false } : { reasoning_effort: effort };
}
