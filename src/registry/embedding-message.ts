import type { EmbeddingEvents, EmbeddingRequest, EmbeddingStats } from "../engine/embedding.js";
import type { DeviceMemory, NativePlacement } from "../llama/addon.js";
import type { EmbeddingOptions } from "../llama/options.js";

/** Given to the embedding thread when it starts. */
export interface EmbeddingThreadData {
  readonly variant: string;
  readonly modelId: number;
  readonly options: NativePlacement & EmbeddingOptions;
}

/** Main thread to embedding thread. */
export type EmbeddingCommand =
  | { readonly type: "submit"; readonly id: number; readonly request: EmbeddingRequest }
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "inspect"; readonly query: number }
  | { readonly type: "close" };

/** Embedding thread to main thread: at most one `finished` message a batch. */
export type EmbeddingReport =
  | { readonly type: "finished"; readonly events: EmbeddingEvents }
  | { readonly type: "inspected"; readonly query: number; readonly stats: EmbeddingStats };

/** What the context turned out to be. */
export interface EmbeddingFacts {
  /** Values a text. */
  readonly width: number;
  /** Tokens of one text. */
  readonly textTokens: number;
  readonly memory: readonly DeviceMemory[];
}
