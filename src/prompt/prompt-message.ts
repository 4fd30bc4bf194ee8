import type { ErrorCode } from "../errors.js";
import type { ModelDescription } from "../llama/addon.js";
import type { PreparedPrompt } from "./prompt.js";
import type { TokenizedTexts } from "./texts.js";

/** Given by prompt-pool.ts to every thread of the pool. */
export interface PromptWorkerData {
  readonly variant: string;
  readonly modelId: number;
  /** Of a slot: text that can't fit is refused before it is tokenized. */
  readonly contextTokens: number;
}

export type TokenizedPrompt = Omit<PreparedPrompt, "prepareMs">;

export type PromptReply = { readonly ok: true; readonly prompt: TokenizedPrompt } | Refusal;

/** The same for whole texts. */
export type TextsReply = { readonly ok: true; readonly texts: TokenizedTexts } | Refusal;

export type DescriptionReply = { readonly ok: true; readonly description: ModelDescription } | Refusal;

/** An error with a code as a value, since a thrown error would lose its code on the way. */
export interface Refusal {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly message: string;
  readonly param: string | null;
}
