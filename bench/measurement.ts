import type { LoadSummary } from "./metrics/load-summary.js";

/** What one run of one contender brought. */
export interface Measurement {
  readonly summary: LoadSummary;
  /** The scenario's own numbers. */
  readonly figures: Readonly<Record<string, number>>;
  /** How much the engine's counters grew, by their own names; empty where the peer tells none. */
  readonly counters: Readonly<Record<string, number>>;
  readonly server: ServerUsage;
}

/** What the server's process took of the machine. */
export interface ServerUsage {
  readonly commandLine: string;
  /** Time on the CPU during the run, all threads together. */
  readonly cpuMs: number;
  /** Resident memory right before the run, then every second, then at its end. */
  readonly rssBytes: readonly number[];
}

/** How much each counter grew. */
export function growth(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]),
  );
}
