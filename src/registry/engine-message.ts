import type { GenerationRequest } from "../engine/generation.js";
import type { EngineStats, SlotStatus } from "../engine/stats.js";
import type { StepEvents } from "../engine/step-events.js";
import type { DeviceMemory, NativeContextOptions, NativePlacement } from "../llama/addon.js";
import type { SchedulingOptions } from "../llama/options.js";

/** Given to the engine thread when it starts. */
export interface EngineThreadData {
  readonly variant: string;
  readonly modelId: number;
  readonly options: NativePlacement & NativeContextOptions;
  readonly scheduling: SchedulingOptions;
  /** A file that every step's plan is appended to; for benches. */
  readonly planLog: string | null;
}

/** Main thread to engine thread. */
export type EngineCommand =
  | { readonly type: "submit"; readonly id: number; readonly request: GenerationRequest }
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "inspect"; readonly query: number }
  | { readonly type: "close" };

/** Engine thread to main thread: one `step` message a pass, never one a token. */
export type EngineReport =
  | { readonly type: "step"; readonly events: StepEvents }
  | { readonly type: "inspected"; readonly query: number; readonly inspection: EngineInspection };

/** What the context turned out to be. */
export interface EngineFacts {
  readonly slots: number;
  readonly slotTokens: number;
  readonly batchTokens: number;
  readonly memory: readonly DeviceMemory[];
}

/** A consistent view between two steps. */
export interface EngineInspection {
  readonly slotTable: readonly SlotStatus[];
  readonly stats: EngineStats;
}
