import type { EngineStats, SlotStatus } from "../engine/stats.js";
import type { StepSeconds } from "../engine/step-durations.js";
import type { DeviceMemory, NativeContextOptions, NativePlacement } from "../llama/addon.js";
import type { SchedulingOptions } from "../llama/options.js";

/** Given to the thread of a generating engine when it starts. */
export interface GenerationThreadData {
  readonly variant: string;
  readonly modelId: number;
  readonly options: NativePlacement & NativeContextOptions;
  readonly scheduling: SchedulingOptions;
  /** False where a plan was just made, and found to fit. */
  readonly checksMemory: boolean;
  /** A file that every step's plan is appended to; for benches. */
  readonly planLog: string | null;
}

/** What the context turned out to be. */
export interface GenerationFacts {
  readonly slots: number;
  readonly slotTokens: number;
  readonly batchTokens: number;
  readonly memory: readonly DeviceMemory[];
}

/** A consistent view between two steps. */
export interface GenerationInspection {
  readonly slotTable: readonly SlotStatus[];
  readonly stats: EngineStats;
  readonly stepSeconds: StepSeconds;
}
