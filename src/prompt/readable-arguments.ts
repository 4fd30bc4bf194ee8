import { isJson } from "../chat/json-text.js";

/**
 * The messages with the arguments of earlier calls as templates can read them; null where they are so already.
 *
 * Models write arguments that are no JSON, and clients send back what they got: that must not end the conversation. Many
 * templates want an object, so none becomes `{}`, and anything else a JSON string, which they write out as it was.
 */
export function withReadableArguments(messages: readonly unknown[]): readonly unknown[] | null {
  let changed = false;
  const readable = messages.map((message) => {
    const calls = fieldOf(message, "tool_calls");
    if (!Array.isArray(calls)) return message;
    const readableCalls = calls.map((call: unknown) => {
      const called = fieldOf(call, "function");
      const text = fieldOf(called, "arguments");
      if (typeof text !== "string" || isJson(text)) return call;
      changed = true;
      const args = text.trim() === "" ? "{}" : JSON.stringify(text);
      return { ...Object(call), function: { ...Object(called), arguments: args } };
    });
    return { ...Object(message), tool_calls: readableCalls };
  });
  return changed ? readable : null;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
