/** What the load generator is asked for. It crosses to another process, so it is plain values. */

/** A prompt whose tokens are known, for /v1/completions. */
export interface TextRequest {
  readonly kind: "text";
  readonly prompt: string;
  readonly promptTokens: number;
  readonly maxTokens: number;
  readonly seed: number;
}

export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface ChatRequest {
  readonly kind: "chat";
  readonly messages: readonly Message[];
  readonly maxTokens: number;
  readonly seed: number;
  /** Lets the model end its answer itself: an echo model's answers must, random weights would end anywhere. */
  readonly mayEnd: boolean;
}

export type LoadRequest = TextRequest | ChatRequest;

/** One person's messages, each sent when the answer to the one before has come. */
export interface Conversation {
  readonly userMessages: readonly string[];
  readonly maxTokens: number;
  readonly seed: number;
  readonly mayEnd: boolean;
}

/** Each user sends the next request as soon as the last answer has ended. */
export interface ClosedLoopJob {
  readonly kind: "closed-loop";
  readonly users: number;
  /** The users share them: what one takes, no other gets. */
  readonly requests: readonly LoadRequest[];
  /** Requests are repeated and sent until then; null sends each once. */
  readonly durationMs: number | null;
}

/** Open loop: requests come when they come, however many still run. */
export interface TimedJob {
  readonly kind: "timed";
  readonly requests: readonly LoadRequest[];
  /** From the start of the run, one for each request. */
  readonly startsMs: readonly number[];
}

/** Streams that run, and one request that comes late among them. The streams are cut when it has its answer. */
export interface LateJob {
  readonly kind: "late";
  readonly streams: readonly LoadRequest[];
  readonly late: LoadRequest;
  /** How many texts each stream has had when the late one is sent. */
  readonly afterTexts: number;
}

export interface ConversationsJob {
  readonly kind: "conversations";
  readonly conversations: readonly Conversation[];
}

export type LoadJob = ClosedLoopJob | TimedJob | LateJob | ConversationsJob;
