import type { LoadOptions } from "#weir/llama/options.js";
import type { ClosedLoopJob } from "../load/load-job.js";
import type { LoopResult } from "./loop-result.js";
import type { PlanLog } from "./replay-loop.js";

export const loopNames = [
  "weir-in-process",
  "node-llama-cpp",
  "bare-loop",
  "replay",
  "replay-unsampled",
] as const;
export type LoopName = (typeof loopNames)[number];

export interface LoopOrder {
  readonly loop: LoopName;
  readonly options: LoadOptions;
  readonly job: ClosedLoopJob;
  /** For the replays: what Weir wrote in the same round. */
  readonly planLog: PlanLog | null;
}

export type LoopReply =
  | { readonly type: "done"; readonly result: LoopResult; readonly cpuMs: number; readonly rssBytes: number }
  | { readonly type: "failed"; readonly message: string };
