/** How much may wait for a model, and how long. */
export interface AdmissionOptions {
  /** Requests that wait at most, in each lane of a model. */
  readonly queueSize: number;
  /** Tokens of their prompts at most, as far as can be told before they are rendered. */
  readonly queueTokens: number;
  /** The longest that a request waits for its turn; `x-request-timeout` shortens it. */
  readonly queueTimeoutMs: number;
  /** Threads of the prompt pool that `/tokenize` and the like may keep from prompts at the same time. */
  readonly textPlaces: number;
}

export const defaultAdmission: AdmissionOptions = {
  queueSize: 256,
  queueTokens: 2 ** 20,
  queueTimeoutMs: 60_000,
  textPlaces: 1,
};
