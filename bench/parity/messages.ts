/** Builders of conversations with the echo model, which says what a `¶` tells it to. */

export function user(content: unknown) {
  return { role: "user", content };
}

export function system(content: unknown) {
  return { role: "system", content };
}

export function assistant(content: unknown, fields: object = {}) {
  return { role: "assistant", content, ...fields };
}

/** A conversation that makes the echo model say exactly this. */
export function saying(text: string) {
  return [user(`¶${text}■`)];
}

/** An answer of Qwen3 that thinks, as its template writes it. */
export function thinking(thought: string, content: string): string {
  return `<think>\n${thought}\n</think>\n\n${content}`;
}

/** A call as Qwen3's template writes it. */
export function calling(name: string, argumentsText: string): string {
  return `<tool_call>\n{"name": "${name}", "arguments": ${argumentsText}}\n</tool_call>`;
}

/** The same in a message that is sent back. */
export function called(id: string, name: string, argumentsText: string) {
  return { id, type: "function", function: { name, arguments: argumentsText } };
}

export function toolResult(id: string, content: unknown) {
  return { role: "tool", tool_call_id: id, content };
}

export function tool(name: string, properties: object, required: readonly string[] = []) {
  const parameters = { type: "object", properties, required };
  return { type: "function", function: { name, description: `Does ${name}.`, parameters } };
}

/** The same conversation as `saying`, as Qwen3's template renders it, for /v1/completions. */
export function saidIn(text: string): string {
  return `<|im_start|>user\n¶${text}■<|im_end|>\n<|im_start|>assistant\n`;
}
