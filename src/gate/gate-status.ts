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
