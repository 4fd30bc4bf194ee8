/** What a key may use; null: no limit. */
export interface KeyLimits {
  readonly requestsPerMinute: number | null;
  readonly requestsPerDay: number | null;
  /** Tokens of prompts and answers, those that were found in a cache too. */
  readonly tokensPerMinute: number | null;
  readonly tokensPerDay: number | null;
  /** Requests that wait or run at the same time. */
  readonly concurrency: number | null;
}

export const noLimits: KeyLimits = {
  requestsPerMinute: null,
  requestsPerDay: null,
  tokensPerMinute: null,
  tokensPerDay: null,
  concurrency: null,
};
