import type { SampledLogprob, TokenLogprob } from "./answer.js";

interface TokenJson {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[];
  readonly top_logprobs?: readonly TokenJson[];
}

/** OpenAI's form for chats, which llama-server has for completions too, and OpenAI's for completions. */
export interface LogprobsJson {
  readonly content?: readonly TokenJson[] | null;
  readonly tokens?: readonly string[];
  readonly token_logprobs?: readonly number[];
  readonly top_logprobs?: readonly Readonly<Record<string, number>>[];
}

export function readLogprobs(json: LogprobsJson): SampledLogprob[] {
  if (json.tokens === undefined) {
    return (json.content ?? []).map((each) => ({
      ...readToken(each),
      top: (each.top_logprobs ?? []).map(readToken),
    }));
  }
  return json.tokens.map((token, index) => ({
    ...namedToken(token, json.token_logprobs?.[index] ?? Number.NaN),
    top: Object.entries(json.top_logprobs?.[index] ?? {})
      .map(([name, logprob]) => namedToken(name, logprob))
      .toSorted((a, b) => b.logprob - a.logprob),
  }));
}

function readToken({ token, bytes, logprob }: TokenJson): TokenLogprob {
  return { token, bytes, logprob };
}

/** A part of a character is named by its bytes: `bytes:\\xf0\\x9f`. */
function namedToken(token: string, logprob: number): TokenLogprob {
  const parts = token.startsWith("bytes:") ? token.slice("bytes:".length).split("\\x").slice(1) : null;
  const bytes = parts?.map((hex) => Number.parseInt(hex, 16)) ?? [...Buffer.from(token)];
  return { token, bytes, logprob };
}
