import type { SampledLogprob, TokenLogprob } from "../../engine/generation.js";
import type { ChatLogprobs, CompletionLogprobs } from "./responses.js";

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

/** @param textOffset where the first token begins in the choice's text */
export function toCompletionLogprobs(
  tokens: readonly SampledLogprob[],
  textOffset: number,
): CompletionLogprobs {
  let offset = textOffset;
  return {
    tokens: tokens.map(({ text }) => text),
    token_logprobs: tokens.map(({ logprob }) => finite(logprob)),
    top_logprobs: tokens.map(({ top }) =>
      Object.fromEntries(top.map(({ text, logprob }) => [text, finite(logprob)])),
    ),
    text_offset: tokens.map(({ text }) => {
      const start = offset;
      offset += text.length;
      return start;
    }),
  };
}

function finite(logprob: number): number {
  return Math.max(never, logprob);
}
