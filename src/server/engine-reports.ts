import { setTimeout as later } from "node:timers/promises";
import type { ServedModel } from "../registry/served-model.js";
import type { EngineSnapshot } from "../telemetry/snapshot.js";

/** How long a scrape waits for an engine. Prometheus itself waits 10 s unless it is told otherwise. */
const deadlineMs = 1_000;

interface LastReport {
  engine: EngineSnapshot | null;
  /** When it came; until one does, when it was first asked for. */
  atMs: number;
  /** Resolves to whether the engine answered. One question at a time: a stuck engine must not collect them. */
  asking: Promise<boolean> | null;
}

export interface EngineReport {
  readonly engine: EngineSnapshot | null;
  readonly ageSeconds: number;
}

/** What each model's engine said last. */
export class EngineReports {
  readonly #last = new WeakMap<ServedModel, LastReport>();

  /** Asks the engine. Where it does not answer in time, since its step is long or its thread is dead, what it said before. */
  async of(model: ServedModel): Promise<EngineReport> {
    const last = this.#last.get(model) ?? { engine: null, atMs: performance.now(), asking: null };
    this.#last.set(model, last);
    last.asking ??= ask(model, last);
    const timer = new AbortController();
    const late = later(deadlineMs, false, { signal: timer.signal, ref: false }).catch(() => false);
    const hasAnswered = await Promise.race([last.asking, late]);
    timer.abort();
    const { engine, atMs } = last;
    return { engine, ageSeconds: hasAnswered ? 0 : (performance.now() - atMs) / 1000 };
  }
}

async function ask(model: ServedModel, last: LastReport): Promise<boolean> {
  try {
    last.engine =
      model.kind === "generation"
        ? { kind: "generation", ...(await model.inspect()) }
        : { kind: "embedding", stats: await model.stats() };
    last.atMs = performance.now();
    return true;
  } catch {
    return false;
  } finally {
    last.asking = null;
  }
}
