/** What the prompt pool is asked for where whole texts are computed, and what it answers. */

/** Texts, each for itself; one that is given as token ids is taken as it is. */
export interface EmbeddingPrompt {
  readonly kind: "embedding";
  readonly inputs: readonly (string | Int32Array)[];
}

/** A query beside each of some documents. */
export interface RerankPrompt {
  readonly kind: "rerank";
  readonly query: string;
  readonly documents: readonly string[];
}

export type TextsPrompt = EmbeddingPrompt | RerankPrompt;

/** Text i is `tokens[ends[i-1] … ends[i])`: all in two arrays, since they go from thread to thread. */
export interface TokenizedTexts {
  readonly tokens: Int32Array;
  readonly ends: Int32Array;
}

export interface PreparedTexts extends TokenizedTexts {
  /** Time in the pool: waiting for a worker and tokenizing. */
  readonly prepareMs: number;
}
