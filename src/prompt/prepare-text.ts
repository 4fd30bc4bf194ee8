import { WeirError } from "../errors.js";
import type { AnswerGrammars } from "./answer-grammars.js";
import type { TextPrompt } from "./prompt.js";
import type { TokenizedPrompt } from "./prompt-message.js";
import type { TokenTexts } from "./token-texts.js";
import type { PromptTokenizer } from "./tokenizer.js";

/** @throws WeirError with one of the codes that refuse a request */
export function prepareText(
  prompt: TextPrompt,
  tokenizer: PromptTokenizer,
  grammars: AnswerGrammars,
  tokenTexts: () => TokenTexts,
): TokenizedPrompt {
  const grammar = grammars.of({ calls: null, callFormat: null, content: prompt.content, reasoning: null });
  const tokens = prompt.suffix === "" ? promptTokens(prompt, tokenizer) : infillTokens(prompt, tokenizer);
  return {
    tokens,
    echo: echoOf(prompt, tokens, tokenTexts),
    stopStrings: [],
    reasoning: null,
    visibleTokens: [],
    toolCalls: null,
    grammar: grammar.gbnf,
    grammarRoot: grammar.root,
    thinking: null,
    warnings: grammar.warnings,
  };
}

/** @param tokens the prompt's */
function echoOf({ echo, text }: TextPrompt, tokens: Int32Array, tokenTexts: () => TokenTexts): string {
  if (echo === "none") return "";
  if (echo === "text" && typeof text === "string") return text;
  return tokenTexts().text(typeof text === "string" ? tokens : text);
}

function promptTokens({ text }: TextPrompt, tokenizer: PromptTokenizer, addSpecial = true): Int32Array {
  if (typeof text === "string") return tokenizer.tokenize(text, addSpecial);
  const { vocabularySize } = tokenizer.model;
  const unknown = text.find((token) => token >= vocabularySize);
  if (unknown !== undefined) {
    throw new WeirError(
      "invalid_value",
      `prompt has the token ${unknown}: this model's tokens are 0 to ${vocabularySize - 1}.`,
    );
  }
  return Int32Array.from(text);
}

/** The text before the gap and the text after it, between the model's own marks, as llama-server's /infill puts them. */
function infillTokens(prompt: TextPrompt, tokenizer: PromptTokenizer): Int32Array {
  const { prefix, suffix, middle } = tokenizer.model.infillTokens;
  if (prefix < 0 || suffix < 0 || middle < 0) {
    throw new WeirError(
      "invalid_value",
      "suffix is given, but this model has no tokens to fill in text: leave it out.",
      { param: "suffix" },
    );
  }
  const before = promptTokens(prompt, tokenizer, false);
  const after = tokenizer.tokenize(prompt.suffix, false);
  return Int32Array.from([prefix, ...before, suffix, ...after, middle]);
}
