import type { ChatPrompt } from "./prompt.js";
import type { Refusal } from "./prompt-message.js";

/** What the prompt pool does besides preparing prompts: its answer is a reply's body, for nobody to generate from. */
export type TextTask = TokenizeTask | DetokenizeTask | RenderTask;

export interface TokenizeTask {
  readonly kind: "tokenize";
  /** Text to tokenize, and tokens that stay as they are. */
  readonly parts: readonly (string | number)[];
  /** BOS and EOS where the model asks for them; of the first part only. */
  readonly addSpecial: boolean;
  /** Whether the texts of special tokens in the text become those tokens. */
  readonly parseSpecial: boolean;
  readonly withPieces: boolean;
}

export interface DetokenizeTask {
  readonly kind: "detokenize";
  readonly tokens: readonly number[];
}

export interface RenderTask {
  readonly kind: "render";
  readonly chat: ChatPrompt;
}

/**
 * What a thread answers: the reply's body, as JSON in UTF-8. Writing down a million tokens would keep the main thread from
 * everybody else's.
 */
export type TextReply = { readonly ok: true; readonly json: Uint8Array } | Refusal;
