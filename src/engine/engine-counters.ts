import type { BucketSnapshot } from "./bucket-counts.js";
import type { EmbeddingStats } from "./embedding.js";
import type { EngineStats, SlotStatus } from "./stats.js";
import type { StepSeconds } from "./step-durations.js";

export interface GenerationCounters {
  readonly kind: "generation";
  readonly slotTable: readonly SlotStatus[];
  readonly stats: EngineStats;
  readonly stepSeconds: StepSeconds;
}

export interface EmbeddingCounters {
  readonly kind: "embedding";
  readonly stats: EmbeddingStats;
}

/** What an engine says of itself, or several of a kind together. */
export type EngineCounters = GenerationCounters | EmbeddingCounters;

/** Of several engines of a kind; the slots are numbered through. Null where there are none. */
export function addUp(all: readonly (EngineCounters | null)[]): EngineCounters | null {
  return all.reduce<EngineCounters | null>(
    (sum, one) => (one === null ? sum : sum === null ? one : add(sum, one)),
    null,
  );
}

/** What is left of an engine that is gone: what it has counted, and nothing that it holds. */
export function ended(counters: EngineCounters): EngineCounters {
  if (counters.kind === "embedding") return { ...counters, stats: { ...counters.stats, waitingTexts: 0 } };
  const held = { savedPrefixes: 0, savedBytes: 0, waiting: 0, running: 0 };
  return { ...counters, slotTable: [], stats: { ...counters.stats, ...held } };
}

/** A model keeps its kind, so that both are of one. */
function add(one: EngineCounters, other: EngineCounters): EngineCounters {
  if (one.kind === "embedding" || other.kind === "embedding") {
    return { kind: "embedding", stats: sumOf(one.stats as EmbeddingStats, other.stats as EmbeddingStats) };
  }
  const { stepSeconds: mine } = one;
  const { stepSeconds: theirs } = other;
  return {
    kind: "generation",
    slotTable: [...one.slotTable, ...other.slotTable].map((status, slot) => ({ ...status, slot })),
    stats: sumOf(one.stats, other.stats),
    stepSeconds: {
      decode: addBuckets(mine.decode, theirs.decode),
      prompt: addBuckets(mine.prompt, theirs.prompt),
      mixed: addBuckets(mine.mixed, theirs.mixed),
    },
  };
}

function sumOf<Stats extends { readonly [Field in keyof Stats]: number }>(one: Stats, other: Stats): Stats {
  const sums = Object.entries<number>(one).map(([field, value]) => [
    field,
    value + other[field as keyof Stats], // the fields of one type
  ]);
  return Object.fromEntries(sums) as Stats;
}

function addBuckets(one: BucketSnapshot, other: BucketSnapshot): BucketSnapshot {
  const counts = one.counts.map((count, bucket) => count + (other.counts[bucket] ?? 0));
  return { bounds: one.bounds, counts, sum: one.sum + other.sum };
}
