/** What an embedding engine is asked for and what it answers, and what it computes with. */

/** Texts as token ids: text i is `tokens[ends[i-1] … ends[i])`. At least one text, each with at least one token. */
export interface EmbeddingRequest {
  readonly tokens: Int32Array;
  readonly ends: Int32Array;
  /** The longest that it waits for its first batch. */
  readonly maxWaitMs: number;
}

/** `cancelled`: the client left, or the engine was closed. */
export type EmbeddingOutcome =
  /** `width` values a text, in the order of the texts, not normalised. */
  | { readonly status: "done"; readonly values: Float32Array }
  | { readonly status: "cancelled" }
  /** It waited for its first batch, and nothing of it was computed. */
  | { readonly status: "refused"; readonly code: "queue_timeout" | "shutting_down" }
  | { readonly status: "error"; readonly errorMessage: string };

/** The requests that a batch has finished, as one message: a column a field. */
export interface EmbeddingEvents {
  readonly ids: readonly number[];
  readonly outcomes: readonly EmbeddingOutcome[];
}

/** The counters of an embedding engine since the model was loaded. */
export interface EmbeddingStats {
  readonly batches: number;
  readonly computedTexts: number;
  readonly computedTokens: number;
  readonly waitingTexts: number;
}

/** What computes the texts of a batch. */
export interface EmbeddingBackend {
  /** Values a text. */
  readonly width: number;
  /** Tokens of the texts that are computed together; a longer text is computed alone. */
  readonly batchTokens: number;
  /** Texts that are computed together at most. */
  readonly sequences: number;
  /** `width` values a text, in an array of its own. Throws where the batch fails; the next one may work. */
  embed(tokens: Int32Array, ends: Int32Array): Float32Array;
}
