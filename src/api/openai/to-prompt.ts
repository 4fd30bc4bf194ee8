import type { ChatPrompt, TextPrompt } from "../../prompt/prompt.js";
import type { ChatRequest } from "./chat-request.js";
import type { CompletionRequest } from "./completion-request.js";
import type { Tool } from "./message.js";

export function toChatPrompt(request: ChatRequest): ChatPrompt {
  return {
    kind: "chat",
    messages: request.messages,
    // A model that does not see the tools cannot call one.
    tools: request.tool_choice === "none" ? [] : (request.tools ?? []).map(withoutNulls),
    templateArguments: {
      ...effortArguments(request.reasoning_effort),
      ...request.chat_template_kwargs,
    },
  };
}

export function toTextPrompt({ prompt }: CompletionRequest): TextPrompt {
  return { kind: "text", text: typeof prompt === "string" ? prompt : prompt[0] };
}

/** SDKs send null for what was not set; the template's JSON reader takes it for a value of a wrong type. */
function withoutNulls(tool: Tool): unknown {
  const set = Object.entries(tool.function).filter(([, value]) => value !== null);
  return { ...tool, function: Object.fromEntries(set) };
}

function effortArguments(effort: string | null | undefined): Readonly<Record<string, unknown>> {
  if (effort === null || effort === undefined) return {};
  return effort === "none" ? { enable_thinking: false } : { reasoning_effort: effort };
}
