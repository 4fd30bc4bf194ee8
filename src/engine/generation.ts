/** What the engine is asked for and what it answers: the vocabulary between the server and the engine thread. */

/** Where an answer's thinking begins and ends, in tokens, and how long it may be. */
export interface ThinkingLimit {
  readonly startTokens: readonly number[];
  readonly endTokens: readonly number[];
  /** What ends the thinking when its budget is used up; it contains `endTokens`. */
  readonly forcedTokens: readonly number[];
  /** The prompt's last tokens that belong to the answer already: an opening tag, say. */
  readonly prefillTokens: readonly number[];
  /** Most tokens between the tags; -1: no limit. */
  readonly budgetTokens: number;
}

/** What an answer must look like, whatever the model would rather say. */
export interface AnswerConstraints {
  /** So many tokens are sampled before one that ends the answer; a grammar that leaves nothing else goes before. */
  readonly minTokens: number;
  /** Tokens that end the answer beside the model's own; their text is no part of it. */
  readonly stopTokens: readonly number[];
  /** GBNF; empty: any text. */
  readonly grammar: string;
  /** The rule that the whole answer must match. */
  readonly grammarRoot: string;
  /** Control tokens that are part of the answer's text, such as the tags of a tool call; others have no text. */
  readonly visibleTokens: readonly number[];
  readonly thinking: ThinkingLimit | null;
  /** How many of the likeliest tokens are reported with every sampled one, 0 … 20; -1: nothing is reported. */
  readonly topLogprobs: number;
  /** Whether the same is reported of the prompt's tokens; no part of the prompt is then taken from a cache. */
  readonly scoresPrompt: boolean;
  /** Whether the token that ends the answer is reported too. */
  readonly reportsEnd: boolean;
}

export const unconstrained: AnswerConstraints = {
  minTokens: 0,
  stopTokens: [],
  grammar: "",
  grammarRoot: "",
  visibleTokens: [],
  thinking: null,
  topLogprobs: -1,
  scoresPrompt: false,
  reportsEnd: false,
};

/** Sampling parameters with llama.cpp's meanings; every field is set, defaults are applied by who builds the request. */
export interface SamplingParameters extends AnswerConstraints {
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
  /** At least 1, or 0 for no answer; `promptTokens.length + maxTokens` must not exceed the slot's context. */
  readonly maxTokens: number;
  readonly sampling: SamplingParameters;
  /** The answer ends before the first of these, and does not contain it. */
  readonly stopStrings: readonly string[];
  /** Whose request it is: prompts are shared with nobody else. Any text; the empty one is a tenant like others. */
  readonly tenant: string;
  /**
   * Which of the tenant's conversations it goes on with, as far as that was told; the empty text where it was not. Says only
   * whose tokens are old when the request needs a slot.
   */
  readonly conversation: string;
  /** Whether the sink wants to hear how far the prompt is computed. */
  readonly reportsProgress: boolean;
}

/** A token and its log-probability, natural logarithm, before temperature, bias and penalties. */
export interface TokenLogprob {
  readonly token: number;
  readonly text: string;
  /** The text's bytes, which may be part of a character. */
  readonly bytes: readonly number[];
  readonly logprob: number;
}

export interface SampledLogprob extends TokenLogprob {
  /** The likeliest tokens in its place, likeliest first. */
  readonly top: readonly TokenLogprob[];
}

/** A token of the prompt, and how likely it was after those before it; null of the first one. */
export interface PromptLogprob extends Omit<SampledLogprob, "logprob"> {
  readonly logprob: number | null;
}

/** `stop`: the model ended, or a stop string came. `length`: maxTokens. `cancelled`: the client left. */
export type FinishReason = "stop" | "length" | "cancelled" | "error";

/** `invalid_grammar` is the request's own: another try would fail as well. */
export interface GenerationFailure {
  readonly code: "engine_failed" | "invalid_grammar";
  readonly message: string;
}

export interface GenerationOutcome {
  readonly finishReason: FinishReason;
  /** The stop string that ended the answer, if one did. */
  readonly stopString: string | null;
  /** Why, when finishReason is `error`. */
  readonly failure: GenerationFailure | null;
  readonly promptTokens: number;
  /** How many of promptTokens were found in a cache and not computed again. */
  readonly cachedTokens: number;
  /** Sampled tokens, the end-of-generation token included (as llama-server counts). */
  readonly completionTokens: number;
  /** How many of completionTokens are thinking, without its tags and the white space next to them. */
  readonly reasoningTokens: number;
  /** From submission to the slot. */
  readonly queueMs: number;
  /** From the slot to the first sampled token. */
  readonly promptMs: number;
  /** From the first sampled token to the last. */
  readonly decodeMs: number;
}

export interface PromptProgress {
  readonly promptTokens: number;
  /** How many of them are in the slot's cache now, and how many of those were found there. */
  readonly computedTokens: number;
  readonly cachedTokens: number;
  /** Since the request got its slot. */
  readonly elapsedMs: number;
}

/**
 * Where an answer goes. Called on the main thread, at most once a step and sequence: text is whole UTF-8 characters,
 * possibly of several tokens; it is never called after onFinish, and onFinish is called exactly once.
 */
export interface GenerationSink {
  onText(text: string): void;
  /** The prompt's next tokens, where the request asks for them; all of them have come before the first text. */
  onPromptLogprobs?(tokens: readonly PromptLogprob[]): void;
  /** A sampled token, where the request asks for them; before the text that it completes. */
  onLogprob?(sampled: SampledLogprob): void;
  /** A part of the prompt was computed, where the request asks for it. */
  onProgress?(progress: PromptProgress): void;
  onFinish(outcome: GenerationOutcome): void;
}

/** A running generation. cancel() is idempotent; the slot is free one step later and onFinish still comes. */
export interface GenerationHandle {
  cancel(): void;
}
