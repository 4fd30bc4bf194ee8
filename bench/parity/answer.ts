/** What an answer amounts to, whichever server gave it and however it came. */
export interface Answer {
  readonly status: number;
  /** Of a stream that failed after it began. */
  readonly failure: string | null;
  /** Of a request that was refused. */
  readonly error: string | null;
  readonly choices: readonly Choice[];
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  /** Of an endpoint that generates nothing. */
  readonly body: unknown;
}

export interface Choice {
  readonly content: string;
  readonly reasoning: string;
  readonly toolCalls: readonly Call[];
  readonly finishReason: string | null;
  readonly logprobs: readonly SampledLogprob[];
}

export interface Call {
  readonly name: string;
  readonly arguments: string;
}

export interface TokenLogprob {
  /** A name for reading: where the token is part of a character, the servers name it differently. */
  readonly token: string;
  readonly bytes: readonly number[];
  readonly logprob: number;
}

export interface SampledLogprob extends TokenLogprob {
  /** Likeliest first. */
  readonly top: readonly TokenLogprob[];
}

/** The parts that are compared. */
export const fields = [
  "status",
  "choices",
  "content",
  "reasoning",
  "tool calls",
  "finish reason",
  "logprobs",
  "prompt tokens",
  "completion tokens",
  "body",
] as const;
export type Field = (typeof fields)[number];
