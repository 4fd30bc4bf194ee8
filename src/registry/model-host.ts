import type { LoadOptions } from "../llama/options.js";
import type { Variant } from "../llama/variant.js";
import type { RegistryLog } from "./registry-log.js";

/** What a model needs of the process that it is in. */
export interface ModelHost {
  readonly log: RegistryLog;
  /** What models may take of the host's memory together; null: what there is. */
  readonly memoryLimitBytes: number | null;
  /** After a loading that failed, the time until who asks has it tried again. */
  readonly retryMs: number;
  /** What they take of it now. */
  memoryBytes(): number;
  /** The llama.cpp build of this process. */
  openVariant(gpu: LoadOptions["gpu"]): Promise<Variant>;
  /**
   * One at a time in the process: what is planned and not loaded yet is not seen by others who plan. Nobody waits in it for
   * memory that others have.
   */
  loadTurn<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Somebody asks for the model, whether or not it is loaded. */
  wanted(): void;
  /** A swap has left the model without a file. */
  lost(reason: string): void;
}
