import type { Measurement } from "./measurement.js";
import type { Machine } from "./report/machine.js";
import type { RigName } from "./rig.js";
import type { Contender, Effort } from "./scenarios/scenario.js";

/** All rounds of one contender, in their order. */
export interface ContenderResult extends Contender {
  readonly rounds: readonly Measurement[];
}

/** What a result file holds: one scenario on one rig. */
export interface ScenarioResult {
  readonly scenario: string;
  readonly rig: RigName;
  readonly measuredAt: string;
  /** The commit that was measured, with a `+` where the files differ from it; null outside a checkout. */
  readonly commit: string | null;
  readonly machine: Machine;
  readonly effort: Effort;
  /** Compute threads that were asked for; 0 left it to the servers. */
  readonly threads: number;
  readonly contenders: readonly ContenderResult[];
}
