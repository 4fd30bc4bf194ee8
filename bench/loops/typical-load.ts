import type { RequestLengths } from "../workload.js";

/** How full the KV cache is in the middle of the closed loop, and how prompts fill it. */
export interface TypicalLoad {
  /** Tokens in each slot's cache: its request's prompt and half of its answer. */
  readonly slotTokens: readonly number[];
  /** Prompts in a full prefill pass. */
  readonly promptsPerPass: number;
  /** Rows of each prompt in it; all are of one length, so that llama.cpp computes them in one graph. */
  readonly rowsPerPrompt: number;
}

export function typicalLoad(
  requests: readonly RequestLengths[],
  slots: number,
  batchTokens: number,
): TypicalLoad {
  const ofRequests = requests.map(({ promptTokens, maxTokens }) => promptTokens + (maxTokens >> 1));
  const slotTokens = Array.from({ length: slots }, (_, slot) => ofRequests[slot % ofRequests.length] ?? 1);
  const mean = slotTokens.reduce((sum, tokens) => sum + tokens, 0) / slots;
  const promptsPerPass = Math.max(1, Math.round(batchTokens / mean));
  return { slotTokens, promptsPerPass, rowsPerPrompt: Math.floor(batchTokens / promptsPerPass) };
}
