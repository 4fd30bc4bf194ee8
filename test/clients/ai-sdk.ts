import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { EchoServer } from "../support/echo-server.js";

// The package prints a line for each setting that a provider ignores.
Reflect.set(globalThis, "AI_SDK_LOG_WARNINGS", false);

/** A model of @ai-sdk/openai-compatible. */
export function compatibleModel({ url }: EchoServer, supportsStructuredOutputs = true) {
  const provider = createOpenAICompatible({
    name: "weir",
    baseURL: `${url}/v1`,
    includeUsage: true,
    supportsStructuredOutputs,
  });
  return provider("echo");
}

/**
 * A chat model of @ai-sdk/openai. Its default, `provider("echo")`, would ask POST /v1/responses, which Weir does not
 * serve: the Responses API keeps conversations on the server.
 */
export function openaiModel({ url }: EchoServer) {
  return createOpenAI({ baseURL: `${url}/v1`, apiKey: "sk-any" }).chat("echo");
}
