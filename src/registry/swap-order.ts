import type { LoadOptions } from "../llama/options.js";

export const swapModes = ["auto", "beside", "drain"] as const;
/** `beside`: the new file is loaded while the old one serves. `drain`: the old one goes first. `auto`: beside where both fit. */
export type SwapMode = (typeof swapModes)[number];

/** The GGUF that is to serve under the model's name, and what else is to be loaded otherwise than before. */
export type LoadChanges = Partial<LoadOptions> & Pick<LoadOptions, "modelPath">;

export interface SwapOrder {
  readonly changes: LoadChanges;
  readonly mode: SwapMode;
  /**
   * The longest that the old one's requests are waited for. After that it goes on serving, where it must go first; and where the new one
   * serves beside it, it is left to them.
   */
  readonly drainMs: number;
}

export const swapStages = ["checking", "loading", "proving", "draining", "restoring"] as const;
/** `draining`: the last requests of the old one run. `restoring`: the new one was of no use, and the old one is loaded again. */
export type SwapStage = (typeof swapStages)[number];

export interface SwapProgress {
  /** The new file's name. */
  readonly fileName: string;
  /** Null before it is decided. */
  readonly mode: Exclude<SwapMode, "auto"> | null;
  readonly stage: SwapStage;
  /** Of the loading, 0 … 1. */
  readonly fraction: number;
  /** Requests that hold an instance of the model. */
  readonly leases: number;
  readonly seconds: number;
}

export interface SwapResult {
  readonly mode: Exclude<SwapMode, "auto">;
  /** The files' names. */
  readonly from: string | null;
  readonly to: string;
  /** Why the old one is not freed yet: its requests, or an engine that hangs; null where it is. */
  readonly keptBy: string | null;
  readonly seconds: number;
}
