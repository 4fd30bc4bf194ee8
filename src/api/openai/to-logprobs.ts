import type { SampledLogprob, TokenLogprob } from "../../engine/generation.js";
import type { ChatLogprobs } from "./responses.js";

/** OpenAI's word for "never": JSON has no infinity. */
const never = -9999;

export function toChatLogprobs(tokens: readonly SampledLogprob[]): ChatLogprobs {
  const content = tokens.map((sampled) => ({
    ...chatEntry(sampled),
    top_logprobs: sampled.top.map(chatEntry),
  }));
  return { content, refusal: null };
}

function chatEntry({ text, logprob, bytes }: TokenLogprob) {
  return { token: text, logprob: finite(logprob), bytes: [...bytes] };
}

/** As JSON can say it. */
export function finite(logprob: number): number {
  return Math.max(never, logprob);
}
