import type { LoadJob } from "../load/load-job.js";
import type { LoadRun } from "../load/load-run.js";
import type { Measurement } from "../measurement.js";
import type { GoodputLimits } from "../metrics/load-summary.js";
import type { RigName } from "../rig.js";

export const peerNames = ["weir", "llama-server"] as const;
export type PeerName = (typeof peerNames)[number];

/** A peer with the slots that it gets in a scenario. */
export interface Contender {
  readonly peer: PeerName;
  /** Stands in the tables; the peer's name where a scenario has it once. */
  readonly label: string;
  readonly slots: number;
  readonly contextTokens: number;
}

/** A number that a scenario is about. */
export interface Headline {
  readonly title: string;
  readonly better: "more" | "less";
  readonly digits: number;
  readonly of: (measurement: Measurement) => number;
  /** What issue 3 asks of Weir / llama-server: at least that where more is better, at most where less is. */
  readonly wantedRatio?: Partial<Record<RigName, number>>;
  /** What issue 3 asks of Weir's own number. */
  readonly wanted?: number;
}

/** How much of a scenario a run does; 1 is the whole. */
export interface Effort {
  /** Requests, or turns, or streams of the whole, so that a trial can do less. */
  readonly share: number;
  readonly soakMinutes: number;
}

export interface Scenario {
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** Where it is measured unless told otherwise. */
  readonly rigs: readonly RigName[];
  readonly contenders: readonly Contender[];
  readonly limits: GoodputLimits;
  readonly headlines: readonly Headline[];
  /** @param round rounds differ in their prompts */
  readonly job: (round: number, effort: Effort) => LoadJob;
  /** Numbers of its own, out of a run. */
  readonly figures?: (run: LoadRun) => Readonly<Record<string, number>>;
}

/** Weir and llama-server with as many slots each. */
export function bothWith(slots: number, contextTokens: number): Contender[] {
  return peerNames.map((peer) => ({ peer, label: peer, slots, contextTokens }));
}
