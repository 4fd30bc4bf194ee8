/** A user message that makes the echo model say exactly this. */
export function script(text: string): string {
  return `¶${text}■`;
}

/** A user message that makes the echo model call tools, and say `finally` when it has the last result. */
export function callScript(calls: readonly ScriptedCall[], finallySays: string): string {
  return `¶${calls.map(toolCallText).join("\n")}※${finallySays}■`;
}

export interface ScriptedCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** A call as Qwen's template writes it. */
export function toolCallText({ name, arguments: args }: ScriptedCall): string {
  return `<tool_call>\n${JSON.stringify({ name, arguments: args })}\n</tool_call>`;
}

/** An answer of Qwen that thinks before it speaks. */
export function thinkingText(reasoning: string, content: string): string {
  return `<think>\n${reasoning}\n</think>\n\n${content}`;
}
