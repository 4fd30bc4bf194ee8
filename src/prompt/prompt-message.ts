import type { PreparedPrompt } from "./prompt.js";

/** Given by prompt-pool.ts to every thread of the pool. */
export interface PromptWorkerData {
  readonly variant: string;
  readonly modelId: number;
}

export type TokenizedPrompt = Omit<PreparedPrompt, "prepareMs">;

/** What a thread answers: refusals as values, since a thrown error would lose its code on the way. */
export type PromptReply =
  | { readonly ok: true; readonly prompt: TokenizedPrompt }
  | { readonly ok: false; readonly message: string };
