import type { BareMeasurement } from "./bare-loop.js";
import type { Machine } from "./machine.js";
import type { RigName } from "./rig.js";
import type { WeirMeasurement } from "./weir-loop.js";
import type { TokenCounts, WorkloadShape } from "./workload.js";

/** Both measurements of one round, taken one after the other. */
export interface Round {
  readonly tokens: TokenCounts;
  readonly weir: WeirMeasurement;
  readonly bare: BareMeasurement;
  /** Answer tokens a second at the bare loop's rates. */
  readonly limitTokensPerSecond: number;
}

export interface ModelResult {
  readonly model: RigName;
  /** Sizes of the model, as it was built. */
  readonly shape: object;
  readonly modelBytes: number;
  /** Compute threads. */
  readonly threads: number;
  readonly rounds: readonly Round[];
  /** The first round's workload once more, on a context that counts graphs. */
  readonly counted: WeirMeasurement;
}

/** What a result file holds. */
export interface ClosedLoopResult {
  readonly measuredAt: string;
  /** The commit that was measured, with a `+` where the files differ from it; null outside a checkout. */
  readonly commit: string | null;
  readonly machine: Machine;
  readonly workload: WorkloadShape & {
    readonly users: number;
    readonly slots: number;
    readonly contextTokens: number;
    readonly batchTokens: number;
    readonly sampling: object;
  };
  readonly models: readonly ModelResult[];
}
