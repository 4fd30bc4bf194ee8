import type { DeviceMemory, NativePlacement } from "../llama/addon.js";
import type { EmbeddingOptions } from "../llama/options.js";

/** Given to the thread of an embedding engine when it starts. */
export interface EmbeddingThreadData {
  readonly variant: string;
  readonly modelId: number;
  readonly options: NativePlacement & EmbeddingOptions;
  /** False where a plan was just made, and found to fit. */
  readonly checksMemory: boolean;
}

/** What the context turned out to be. */
export interface EmbeddingFacts {
  /** Values a text. */
  readonly width: number;
  /** Tokens of one text. */
  readonly textTokens: number;
  readonly memory: readonly DeviceMemory[];
}
