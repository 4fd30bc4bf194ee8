import type { LoadJob } from "../load/load-job.js";
import type { LoadRun } from "../load/load-run.js";
import { type LoopName, loopNames } from "../loops/loop-order.js";
import type { Measurement } from "../measurement.js";
import type { GoodputLimits } from "../metrics/load-summary.js";
import type { RigName } from "../rig.js";
import type { WeirSettings } from "../server-setup.js";

/**
 * `weir-ggml` leaves all products of matrices to ggml, as llama-server does: what is left between the two is how they schedule, sample
 * and hand logits over.
 * `weir-logged` writes its plans down for the replays, `weir-counting` counts its graph evaluations, which slows it: neither
 * speaks for Weir's speed.
 */
export const serverNames = ["weir", "llama-server", "weir-ggml", "weir-logged", "weir-counting"] as const;
export type ServerName = (typeof serverNames)[number];

/** Servers over HTTP, and loops without one. */
export type PeerName = ServerName | LoopName;
export const peerNames: readonly PeerName[] = [...serverNames, ...loopNames];

export function isLoop(peer: PeerName): peer is LoopName {
  return loopNames.some((name) => name === peer);
}

/** A peer with the slots that it gets in a scenario. */
export interface Contender {
  readonly peer: PeerName;
  /** Stands in the tables; the peer's name where a scenario has it once. */
  readonly label: string;
  readonly slots: number;
  readonly contextTokens: number;
  /** What llama-server is started with beyond its usual flags. */
  readonly flags?: readonly string[];
  /** Weir's, beyond its defaults. */
  readonly settings?: WeirSettings;
}

/** A number that a scenario is about. */
export interface Headline {
  readonly title: string;
  readonly better: "more" | "less";
  readonly digits: number;
  readonly of: (measurement: Measurement) => number;
  /** What issue 3 asks of the compared two's ratio: at least that where more is better, at most where less is. */
  readonly wantedRatio?: Partial<Record<RigName, number>>;
  /** What issue 3 asks of the first of the compared two. */
  readonly wanted?: number;
}

/** How much of a scenario a run does. */
export interface Effort {
  /** Of its requests or turns; 1 is the whole, less is a trial. */
  readonly share: number;
  /** How long a scenario lasts that has no end of its own. */
  readonly soakMinutes: number;
}

/** What a scenario makes its job of. */
export interface JobOrder extends Effort {
  readonly rig: RigName;
  /** Rounds differ in their prompts. */
  readonly round: number;
}

export interface Scenario {
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** Where it is measured unless told otherwise. */
  readonly rigs: readonly RigName[];
  readonly contenders: readonly Contender[];
  /** The labels whose ratio is asked for: the first against whichever of the others does best in a round. */
  readonly compared: readonly [label: string, ...others: string[]];
  /** Where it lasts too long to be repeated. */
  readonly rounds?: number;
  readonly limits: GoodputLimits;
  readonly headlines: readonly Headline[];
  readonly job: (order: JobOrder) => LoadJob;
  /** Numbers of its own, out of a run. */
  readonly figures?: (run: LoadRun) => Readonly<Record<string, number>>;
}

export const weirToLlamaServer = ["weir", "llama-server"] as const;

/**
 * llama-server with one KV cache for all slots in place of one for each. Holes between working slots do not matter to it, but
 * every row attends over everybody's tokens: which is better depends.
 */
export function unified(slots: number, contextTokens: number): Contender {
  return {
    peer: "llama-server",
    label: "llama-server, unified cache",
    slots,
    contextTokens,
    flags: ["--kv-unified"],
  };
}

/** llama-server on one compute thread: where there is little to compute, a second one costs more than it brings. */
export function oneThread(slots: number, contextTokens: number): Contender {
  return {
    peer: "llama-server",
    label: "llama-server, 1 thread",
    slots,
    contextTokens,
    flags: ["--threads", "1"],
  };
}

/** A peer that a scenario has once. */
export function alone(peer: PeerName, slots: number, contextTokens: number): Contender {
  return { peer, label: peer, slots, contextTokens };
}

/** Weir and llama-server with as many slots each. */
export function bothWith(slots: number, contextTokens: number): Contender[] {
  return weirToLlamaServer.map((peer) => alone(peer, slots, contextTokens));
}
