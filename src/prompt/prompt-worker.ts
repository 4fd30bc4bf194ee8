/** A thread of the prompt pool: renders chat templates and tokenizes, with its own handle to the shared model. */
import { workerData } from "piscina";
import { type ErrorCode, errorTable, WeirError } from "../errors.js";
import { loadAddon } from "../llama/addon.js";
import { AnswerGrammars } from "./answer-grammars.js";
import { prepareChat, renderChat } from "./prepare-chat.js";
import { prepareText } from "./prepare-text.js";
import type { Prompt } from "./prompt.js";
import type {
  DescriptionReply,
  PromptReply,
  PromptWorkerData,
  Refusal,
  TextsReply,
} from "./prompt-message.js";
import { TextAnswers } from "./text-answer.js";
import type { TextReply, TextTask } from "./text-task.js";
import type { TextsPrompt } from "./texts.js";
import { TokenTexts } from "./token-texts.js";
import { tokenizeTexts } from "./tokenize-texts.js";
import { PromptTokenizer } from "./tokenizer.js";

// Piscina hands over what prompt-pool.ts gave it, untyped.
const { variant, modelId, contextTokens } = workerData as PromptWorkerData;
const model = loadAddon(variant).attachModel(modelId);
const tokenizer = new PromptTokenizer(model, contextTokens);
const grammars = new AnswerGrammars(model);

/** A megabyte, made by the first task that needs it. */
let texts: TokenTexts | null = null;
const tokenTexts = (): TokenTexts => {
  texts ??= new TokenTexts(model);
  return texts;
};
const textAnswers = new TextAnswers(
  model,
  tokenizer.longestTextBytes,
  (chat) => renderChat(chat, model, tokenizer).prompt,
  tokenTexts,
);

export function prepare(prompt: Prompt): PromptReply {
  return orRefusal(() => {
    const prepared =
      prompt.kind === "chat"
        ? prepareChat(prompt, model, tokenizer, grammars)
        : prepareText(prompt, tokenizer, grammars, tokenTexts);
    return { ok: true, prompt: prepared };
  });
}

export function answerText(task: TextTask): TextReply {
  return orRefusal(() => {
    const json = new TextEncoder().encode(JSON.stringify(textAnswers.answer(task)));
    return { ok: true, json };
  });
}

/** Whole texts, which are embedded or ranked. */
export function prepareTexts(prompt: TextsPrompt): TextsReply {
  const limits = { contextTokens, longestTextBytes: tokenizer.longestTextBytes };
  return orRefusal(() => ({ ok: true, texts: tokenizeTexts(prompt, model, limits) }));
}

export function describeModel(): DescriptionReply {
  return orRefusal(() => ({ ok: true, description: model.describe() }));
}

function orRefusal<Reply>(work: () => Reply): Reply | Refusal {
  try {
    return work();
  } catch (thrown) {
    const code = refusalCode(thrown);
    if (code === null || !(thrown instanceof Error)) throw thrown;
    const param = thrown instanceof WeirError ? thrown.param : null;
    return { ok: false, code, message: thrown.message, param };
  }
}

/** Of what refuses a request; anything else is a defect of ours and fails the task. Native errors carry the code too. */
function refusalCode(thrown: unknown): ErrorCode | null {
  if (!(thrown instanceof Error) || !("code" in thrown)) return null;
  const code = String(thrown.code);
  if (!Object.hasOwn(errorTable, code)) return null;
  const known = code as ErrorCode; // it is a key of the table
  return errorTable[known].status < 500 ? known : null;
}
