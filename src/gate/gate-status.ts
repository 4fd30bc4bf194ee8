import type { Hold } from "./places.js";

/** How full a gate is. */
export interface GateLoad {
  readonly places: number;
  readonly busy: number;
  /** Of the busy ones, those that nobody works for yet. */
  readonly prepared: number;
  readonly queueSize: number;
  readonly queueTokens: number;
  readonly waiting: number;
  /** Of the prompts that wait, as far as can be told. */
  readonly waitingTokens: number;
  /** The measured rate of service; null before the first request has ended, and while there are no places. */
  readonly requestsPerSecond: number | null;
}

/** How full it is, and by whom. */
export interface GateStatus extends GateLoad {
  readonly flows: readonly FlowStatus[];
}

/** A flow that has places or waits. */
export interface FlowStatus {
  readonly id: string;
  /** Places that it holds: those that are worked for, and the others. */
  readonly running: number;
  readonly prepared: number;
  /** Requests that wait, and how long the oldest has. */
  readonly waiting: number;
  readonly longestWaitMs: number;
}

const nothing = { running: 0, prepared: 0, waiting: 0, longestWaitMs: 0 };

/** Of the flows that hold places, and of those whose requests wait. */
export function flowStatuses(
  holds: Iterable<readonly [flow: string, hold: Hold]>,
  queued: Iterable<readonly [flow: string, waiters: readonly { readonly arrivedMs: number }[]]>,
  nowMs: number,
): FlowStatus[] {
  const flows = new Map<string, FlowStatus>();
  for (const [id, { held, begun }] of holds)
    flows.set(id, { ...nothing, id, running: begun, prepared: held - begun });
  for (const [id, waiters] of queued) {
    // A flow may wait in several classes.
    const { waiting, longestWaitMs, ...places } = flows.get(id) ?? { id, ...nothing };
    const oldestMs = waiters.reduce((oldest, { arrivedMs }) => Math.min(oldest, arrivedMs), nowMs);
    flows.set(id, {
      ...places,
      waiting: waiting + waiters.length,
      longestWaitMs: Math.max(longestWaitMs, nowMs - oldestMs),
    });
  }
  return [...flows.values()];
}
