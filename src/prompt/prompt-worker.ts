/** A thread of the prompt pool: renders chat templates and tokenizes, with its own handle to the shared model. */
import { workerData } from "piscina";
import { WeirError } from "../errors.js";
import { loadAddon } from "../llama/addon.js";
import type { ChatPrompt, Prompt, ReasoningFormat } from "./prompt.js";
import type { PromptReply, PromptWorkerData, TextsReply, TokenizedPrompt } from "./prompt-message.js";
import type { TextsPrompt } from "./texts.js";
import { tokenizeTexts } from "./tokenize-texts.js";

// Piscina hands over what prompt-pool.ts gave it, untyped.
const { variant, modelId, contextTokens } = workerData as PromptWorkerData;
const model = loadAddon(variant).attachModel(modelId);
/** Longer text has more tokens than a slot holds, whatever it says. */
const longestTextBytes = contextTokens * model.info().longestTokenBytes;

export default function prepare(prompt: Prompt): PromptReply {
  try {
    if (prompt.kind === "chat") return { ok: true, prompt: prepareChat(prompt) };
    return { ok: true, prompt: { tokens: tokenize(prompt.text), stopStrings: [], reasoning: null } };
  } catch (thrown) {
    if (thrown instanceof WeirError) return { ok: false, code: thrown.code, message: thrown.message };
    // Native errors carry the code; anything else is a defect of ours and fails the task.
    if (thrown instanceof Error && "code" in thrown && thrown.code === "template_failed") {
      return { ok: false, code: "template_failed", message: thrown.message };
    }
    throw thrown;
  }
}

/** The pool's other task: whole texts, which are embedded or ranked. */
export function prepareTexts(prompt: TextsPrompt): TextsReply {
  try {
    return { ok: true, texts: tokenizeTexts(prompt, model, { contextTokens, longestTextBytes }) };
  } catch (thrown) {
    if (!(thrown instanceof WeirError)) throw thrown;
    const { code, message, param } = thrown;
    return { ok: false, code, message, param };
  }
}

function prepareChat({ messages, tools, templateArguments }: ChatPrompt): TokenizedPrompt {
  // Every message and every tool takes a token at least, and rendering them takes more than linear time.
  const entries = Math.max(messages.length, tools.length);
  if (entries > contextTokens) {
    throw new WeirError(
      "context_length_exceeded",
      `This model's maximum context length is ${contextTokens} tokens, but there are ${messages.length} messages and ${tools.length} tools: send fewer.`,
    );
  }
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

/**
 * As llama-server does: special tokens in the text are parsed, BOS is added where the model asks for it.
 *
 * @throws WeirError `context_length_exceeded`: tokenizing megabytes takes seconds, in which nobody else is served
 */
function tokenize(text: string): Int32Array {
  const bytes = Buffer.byteLength(text);
  if (bytes > longestTextBytes) {
    throw new WeirError(
      "context_length_exceeded",
      `This model's maximum context length is ${contextTokens} tokens, but the prompt has ${bytes} bytes, which are more tokens in any case: shorten it.`,
    );
  }
  return model.tokenize(text.toWellFormed(), true, true);
}

function reasoningFormat(prompt: string, startTag: string, endTag: string): ReasoningFormat | null {
  if (startTag === "" || endTag === "") return null;
  return { startTag, endTag, open: prompt.trimEnd().endsWith(startTag) };
}
