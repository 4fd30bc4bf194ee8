/** A thread of the prompt pool: renders chat templates and tokenizes, with its own handle to the shared model. */
import { workerData } from "piscina";
import { loadAddon } from "../llama/addon.js";
import type { ChatPrompt, Prompt, ReasoningFormat } from "./prompt.js";
import type { PromptReply, PromptWorkerData, TokenizedPrompt } from "./prompt-message.js";

// Piscina hands over what prompt-pool.ts gave it, untyped.
const { variant, modelId } = workerData as PromptWorkerData;
const model = loadAddon(variant).attachModel(modelId);

export default function prepare(prompt: Prompt): PromptReply {
  if (prompt.kind === "text") {
    return { ok: true, prompt: { tokens: tokenize(prompt.text), stopStrings: [], reasoning: null } };
  }
  try {
    return { ok: true, prompt: prepareChat(prompt) };
  } catch (thrown) {
    // Native errors carry the code; anything else is a defect of ours and fails the task.
    if (thrown instanceof Error && "code" in thrown && thrown.code === "template_failed") {
      return { ok: false, message: thrown.message };
    }
    throw thrown;
  }
}

function prepareChat({ messages, tools, templateArguments }: ChatPrompt): TokenizedPrompt {
  const rendered = model.renderChat(JSON.stringify({ messages, tools, templateArguments }, wellFormed));
  return {
    tokens: tokenize(rendered.prompt),
    stopStrings: rendered.stopStrings.filter((stop) => stop !== ""),
    reasoning: reasoningFormat(rendered.prompt, rendered.thinkingStart.trim(), rendered.thinkingEnd.trim()),
  };
}

/** Half a surrogate pair is no text that a model could read; it becomes U+FFFD. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.toWellFormed() : value;
}

/** As llama-server does: special tokens in the text are parsed, BOS is added where the model asks for it. */
function tokenize(text: string): Int32Array {
  return model.tokenize(text.toWellFormed(), true, true);
}

function reasoningFormat(prompt: string, startTag: string, endTag: string): ReasoningFormat | null {
  if (startTag === "" || endTag === "") return null;
  return { startTag, endTag, open: prompt.trimEnd().endsWith(startTag) };
}
