import type { ErrorCode } from "../errors.js";
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

/** What a thread answers: refusals as values, since a thrown error would lose its code on the way. */
export type PromptReply =
  | { readonly ok: true; readonly prompt: TokenizedPrompt }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** The same for whole texts; `param` is the request field that was refused. */
export type TextsReply =
  | { readonly ok: true; readonly texts: TokenizedTexts }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string; readonly param: string | null };
