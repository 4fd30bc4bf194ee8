import { setTimeout as later } from "node:timers/promises";
import { addUp, type EngineCounters } from "../engine/engine-counters.js";
import type { ServedInstance, ServedModel } from "../registry/served-model.js";
import { cacheUseOf } from "./cache-use.js";

/** How long a scrape waits for an engine. Prometheus itself waits 10 s unless it is told otherwise. */
const deadlineMs = 1_000;

interface LastReport {
  engine: EngineCounters | null;
  /** When it came; until one does, when it was first asked for. */
  atMs: number;
  /** Resolves to whether the engine answered. One question at a time: a stuck engine must not collect them. */
  asking: Promise<boolean> | null;
}

export interface EngineReport {
  readonly engine: EngineCounters | null;
  readonly ageSeconds: number;
}

/** Of all engines of a model. */
export interface ModelReport extends EngineReport {
  /** By device, the bytes of the KV cache that tokens are in. */
  readonly cacheUse: ReadonlyMap<string, number>;
}

/** What the engine of each instance said last. */
export class EngineReports {
  readonly #last = new WeakMap<ServedInstance, LastReport>();

  /** Of all engines of a model, those too that are gone: what was counted never becomes less. */
  async of({ loaded, past }: ServedModel): Promise<ModelReport> {
    const reports = await Promise.all(loaded.map((instance) => this.#ofInstance(instance)));
    return {
      engine: addUp([...reports.map(({ engine }) => engine), past]),
      ageSeconds: reports.reduce((oldest, { ageSeconds }) => Math.max(oldest, ageSeconds), 0),
      cacheUse: cacheUseOf(loaded.map((instance, index) => [instance, reports[index]?.engine ?? null])),
    };
  }

  /** Asks the engine. Where it does not answer in time, since its step is long or its thread is dead, what it said before. */
  async #ofInstance(instance: ServedInstance): Promise<EngineReport> {
    const last = this.#last.get(instance) ?? { engine: null, atMs: performance.now(), asking: null };
    this.#last.set(instance, last);
    last.asking ??= ask(instance, last);
    const timer = new AbortController();
    const late = later(deadlineMs, false, { signal: timer.signal, ref: false }).catch(() => false);
    const hasAnswered = await Promise.race([last.asking, late]);
    timer.abort();
    const { engine, atMs } = last;
    return { engine, ageSeconds: hasAnswered ? 0 : (performance.now() - atMs) / 1000 };
  }
}

async function ask(instance: ServedInstance, last: LastReport): Promise<boolean> {
  try {
    last.engine =
      instance.kind === "generation"
        ? { kind: "generation", ...(await instance.inspect()) }
        : { kind: "embedding", stats: await instance.stats() };
    last.atMs = performance.now();
    return true;
  } catch {
    return false;
  } finally {
    last.asking = null;
  }
}
