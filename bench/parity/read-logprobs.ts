import type { TokenLogprob } from "./answer.js";

interface TokenJson {
  readonly token: string;
  readonly logprob: number;
  readonly bytes?: readonly number[] | null;
  readonly top_logprobs?: readonly TokenJson[];
}

/** OpenAI's form for chats, which llama-server has for completions too, and OpenAI's for completions. */
export interface LogprobsJson {
  readonly content?: readonly TokenJson[] | null;
  readonly tokens?: readonly string[];
  readonly token_logprobs?: readonly number[];
  readonly top_logprobs?: readonly Readonly<Record<string, number>>[];
}

export function readLogprobs(json: LogprobsJson): TokenLogprob[] {
  if (json.tokens === undefined) return (json.content ?? []).map(readToken);
  return json.tokens.map((token, index) => ({
    token,
    logprob: json.token_logprobs?.[index] ?? Number.NaN,
    bytes: null,
    top: json.top_logprobs?.[index] ?? {},
  }));
}

function readToken({ token, logprob, bytes = null, top_logprobs: top = [] }: TokenJson): TokenLogprob {
  return { token, logprob, bytes, top: Object.fromEntries(top.map((each) => [each.token, each.logprob])) };
}
