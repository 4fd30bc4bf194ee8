import type { HostedModel } from "./hosted-model.js";

/** When a model is in memory. */
export interface ResidencePolicy {
  /** `start`: from the start on. `demand`: from the first request on that asks for it. */
  readonly load: "start" | "demand";
  /** It never goes to make room for another one. */
  readonly isPinned: boolean;
  /** It goes when nobody has asked for it this long, ms; 0: it does not. Those of the start stay. */
  readonly idleUnloadMs: number;
}

export interface Shortage {
  readonly sinceMs: number;
  /** What it lacks, with the numbers. */
  readonly reason: string;
}

/** A model with what decides whether it is in memory. */
export interface Resident {
  readonly model: HostedModel;
  policy: ResidencePolicy;
  lastAskedMs: number;
  /** Since when there is too little memory for it; null: it was not looked, or it does not wait. */
  shortage: Shortage | null;
}

/** Somebody computes on it, or waits for its fresh engine, or it is about to change. */
export function isBusy(model: HostedModel): boolean {
  return model.leases > 0 || model.swapProgress !== null || model.state !== "ready";
}
