import type { EngineCounters } from "../engine/engine-counters.js";
import type { EventLoopReading } from "./event-loop.js";
import type { Measures } from "./measures.js";

/** Everything that a scrape tells, at one moment. */
export interface Snapshot {
  readonly version: string;
  readonly state: ServerState;
  /** 0 … 1 while a model loads. */
  readonly progress: number;
  readonly models: readonly ModelSnapshot[];
  readonly measures: Measures;
  readonly connections: { readonly open: number; readonly max: number };
  readonly eventLoop: EventLoopReading;
}

export const serverStates = ["loading", "ready", "unhealthy", "failed", "draining"] as const;
export type ServerState = (typeof serverStates)[number];

export const modelStates = ["unloaded", "loading", "ready", "unhealthy", "swapping", "failed"] as const;
export type ModelState = (typeof modelStates)[number];

export interface ModelSnapshot {
  readonly name: string;
  readonly state: ModelState;
  readonly kind: "generation" | "embedding" | "rerank";
  readonly fileName: string;
  readonly llamaCppRelease: string;
  /** Tokens that the slots have room for; 0 where there are none. */
  readonly capacityTokens: number;
  readonly memory: readonly DeviceUse[];
  /** By device, the bytes of the KV cache that tokens are in. */
  readonly cacheUse: ReadonlyMap<string, number>;
  readonly lanes: readonly LaneFill[];
  /** What the engines said last, and those that are gone; null where none has said anything yet. */
  readonly engine: EngineCounters | null;
  /** How long ago that was; 0 where all answered this scrape. */
  readonly engineAgeSeconds: number;
}

export interface DeviceUse {
  readonly device: string;
  readonly modelBytes: number;
  readonly contextBytes: number;
  readonly computeBytes: number;
}

export interface LaneFill {
  readonly lane: string;
  readonly places: number;
  readonly busy: number;
  readonly waiting: number;
  readonly waitingTokens: number;
  readonly queueSize: number;
  readonly queueTokens: number;
}
