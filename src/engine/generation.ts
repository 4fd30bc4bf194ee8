/** What the engine is asked for and what it answers: the vocabulary between the server and the engine thread. */

/** Sampling parameters with llama.cpp's meanings; every field is set, defaults are applied by who builds the request. */
export interface SamplingParameters {
  /** 0 is greedy. */
  readonly temperature: number;
  /** 0 keeps the whole vocabulary. */
  readonly topK: number;
  /** 1 disables. */
  readonly topP: number;
  /** 0 disables. */
  readonly minP: number;
  /** 1 disables. */
  readonly typicalP: number;
  /** 0 … 2^32-1. The same seed gives the same text, whoever else runs. */
  readonly seed: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  /** 1 disables. */
  readonly repetitionPenalty: number;
  /** How many of the last tokens (prompt included) the three penalties look at; 0 disables them, -1 is the slot's whole context. */
  readonly penaltyWindowTokens: number;
  /** Added to a token's logit before anything else; -Infinity bans the token. */
  readonly logitBias: readonly (readonly [token: number, bias: number])[];
  /** Bans the end-of-generation tokens: only `maxTokens` or a stop string ends the answer. */
  readonly ignoreEos: boolean;
}

export interface GenerationRequest {
  /** Token ids, at least one. */
  readonly promptTokens: Int32Array;
  /** At least 1; `promptTokens.length + maxTokens` must not exceed the slot's context. */
  readonly maxTokens: number;
  readonly sampling: SamplingParameters;
  /** The answer ends before the first of these, and does not contain it. */
  readonly stopStrings: readonly string[];
  /** Whose request it is: prompts are shared with nobody else. Any text; the empty one is a tenant like others. */
  readonly tenant: string;
}

/** `stop`: the model ended, or a stop string came. `length`: maxTokens. `cancelled`: the client left. */
export type FinishReason = "stop" | "length" | "cancelled" | "error";

export interface GenerationOutcome {
  readonly finishReason: FinishReason;
  /** The stop string that ended the answer, if one did. */
  readonly stopString: string | null;
  /** Why, when finishReason is `error`. */
  readonly errorMessage: string | null;
  readonly promptTokens: number;
  /** How many of promptTokens were found in a cache and not computed again. */
  readonly cachedTokens: number;
  /** Sampled tokens, the end-of-generation token included (as llama-server counts). */
  readonly completionTokens: number;
  /** From submission to the slot. */
  readonly queueMs: number;
  /** From the slot to the first sampled token. */
  readonly promptMs: number;
  /** From the first sampled token to the last. */
  readonly decodeMs: number;
}

/**
 * Where an answer goes. Called on the main thread, at most once a step and sequence: text is whole UTF-8 characters,
 * possibly of several tokens; it is never called after onFinish, and onFinish is called exactly once.
 */
export interface GenerationSink {
  onText(text: string): void;
  onFinish(outcome: GenerationOutcome): void;
}

/** A running generation. cancel() is idempotent; the slot is free one step later and onFinish still comes. */
export interface GenerationHandle {
  cancel(): void;
}
