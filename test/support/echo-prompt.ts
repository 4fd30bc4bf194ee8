import type { ModelHandle } from "#weir/llama/addon.js";

/** The tokens of a conversation's next turn, as the prompt pool makes them. */
export function echoPrompt(
  model: ModelHandle,
  messages: readonly { readonly role: string; readonly content: string }[],
): Int32Array {
  const { prompt } = model.renderChat(
    JSON.stringify({ messages, tools: [], templateArguments: {}, continueFinalMessage: false }),
  );
  return model.tokenize(prompt, true, true);
}
