import OpenAI from "openai";
import { eventually } from "../http/requests.js";
import type { ScriptedCall } from "../support/echo-script.js";
import type { EchoServer } from "../support/echo-server.js";

/** A client of the server that does not hide an error behind a second attempt. */
export function openaiClient(
  { url }: EchoServer,
  options: ConstructorParameters<typeof OpenAI>[0] = {},
): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "sk-any", maxRetries: 0, ...options });
}

/** The body of a greedy chat completion with one user message. */
export function userSays(content: string) {
  return { model: "echo", messages: [{ role: "user" as const, content }], temperature: 0 };
}

/** Resolves when no request has a slot any more. */
export function slotsAreIdle({ model }: EchoServer): Promise<void> {
  return eventually(async () => (await model.slotTable()).every(({ state }) => state === "idle"));
}

/** The function calls of a message, their arguments parsed. */
export function callsOf(message: OpenAI.ChatCompletionMessage | undefined): readonly ScriptedCall[] {
  return (message?.tool_calls ?? []).map((call) => {
    if (call.type !== "function") throw new Error(`a call of type ${call.type}`);
    return { name: call.function.name, arguments: JSON.parse(call.function.arguments) };
  });
}
