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

/** A process's resident memory, which was read every second. */
export interface ResidentMemory {
  readonly beforeBytes: number;
  /**
   * The least of each fifth of the run, as collectors make it rise and fall; what a server takes in the first one is no drift.
   * NaN where a fifth was not read.
   */
  readonly leastOfFifthBytes: readonly number[];
  readonly afterBytes: number;
  readonly mostBytes: number;
}

/** @param bytes at equal distances, the first before the run and the last after it */
export function residentMemory(bytes: readonly number[]): ResidentMemory {
  const at = (index: number): number => bytes.at(index) ?? 0;
  return {
    beforeBytes: at(0),
    leastOfFifthBytes: [0, 1, 2, 3, 4].map((fifth) => {
      const start = Math.floor((fifth * bytes.length) / 5);
      const ofFifth = bytes.slice(start, Math.floor(((fifth + 1) * bytes.length) / 5));
      return ofFifth.length === 0 ? Number.NaN : Math.min(...ofFifth);
    }),
    afterBytes: at(-1),
    mostBytes: Math.max(...bytes),
  };
}

/** What the server's process took of the machine. */
export interface ServerUsage {
  readonly commandLine: string;
  /** Time on the CPU during the run, all threads together. */
  readonly cpuMs: number;
  readonly memory: ResidentMemory;
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
