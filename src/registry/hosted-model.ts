import type { EngineCounters } from "../engine/engine-counters.js";
import { WeirError } from "../errors.js";
import type { DeviceMemory, ModelDescription } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";
import { closingMs, endsWithin } from "./ends-within.js";
import { InstanceLoader } from "./instance-loader.js";
import { InstanceSet } from "./instance-set.js";
import type { LoadedModel } from "./instance-start.js";
import { kindOfFailure, type LoadFailure } from "./load-failure.js";
import type { InstanceHooks } from "./loaded-instance.js";
import { type LoadWish, ModelChanges } from "./model-changes.js";
import type { ModelHost } from "./model-host.js";
import { ModelMemory } from "./model-memory.js";
import { ModelPhase } from "./model-phase.js";
import { ModelSource } from "./model-source.js";
import type { PrefixMarks } from "./prefix-marks.js";
import type { Lease, ServedFacts, ServedModel, ServedState } from "./served-model.js";
import type { SwapOrder, SwapProgress, SwapResult } from "./swap-order.js";
import { modelName } from "./weights.js";

/** A model by its name, whatever is loaded of it: nothing, one instance, or several of the same file. */
export class HostedModel implements ServedModel {
  readonly #host: ModelHost;
  readonly #instances = new InstanceSet();
  readonly #closing = new AbortController();
  readonly #source: ModelSource;
  readonly #fileName: string;
  /** The first is the one that answers carry. Null: what the options say; none: the file that was given first. */
  #names: readonly string[] | null = null;
  readonly #phase: ModelPhase;
  readonly #memory: ModelMemory;
  readonly #changes: ModelChanges;
  readonly #waiters = new Set<() => number>();

  constructor(host: ModelHost, options: LoadOptions, hooks: InstanceHooks = {}) {
    this.#host = host;
    this.#source = new ModelSource(options);
    this.#fileName = modelName({ alias: null, modelPath: options.modelPath });
    this.#memory = new ModelMemory(host, () => this.id);
    const parts = {
      ...{ host, memory: this.#memory, instances: this.#instances, closing: this.#closing.signal },
      name: () => this.id,
    };
    const loader = new InstanceLoader({
      ...{ ...parts, hooks },
      isFailed: () => this.state === "failed",
      inTurn: (work) => this.#changes.inTurn(work),
    });
    this.#phase = new ModelPhase(this.#instances, (instance) => loader.isDead(instance), host.retryMs);
    const describe = (): Promise<ModelDescription> => this.describe();
    this.#changes = new ModelChanges({
      ...parts,
      loader,
      phase: this.#phase,
      source: this.#source,
      describe,
    });
  }

  get id(): string {
    return (this.#names === null ? this.#source.options.alias : this.#names[0]) ?? this.#fileName;
  }

  /** By id or alias. */
  isNamed(name: string): boolean {
    return name === this.id || (this.#names?.includes(name) ?? false);
  }

  /** Requests that run keep the name that they came with. */
  set names(names: readonly string[]) {
    this.#names = names;
  }

  get state(): ServedState {
    return this.#phase.state;
  }

  get failure(): LoadFailure | null {
    return this.#phase.failure;
  }

  /** 0 … 1 while loading. */
  get progress(): number {
    return this.#changes.progress;
  }

  get kind(): ServedFacts["kind"] {
    return this.facts.kind;
  }

  /** Whether it has facts: it has been loaded once, or its file was looked at. */
  get isKnown(): boolean {
    return this.#instances.facts !== null;
  }

  /** @throws WeirError `model_loading` where nothing of it has been loaded yet */
  get facts(): ServedFacts {
    const { facts } = this.#instances;
    if (facts === null) throw new WeirError("model_loading", "The model is not loaded yet.");
    return facts;
  }

  get instances(): readonly LoadedModel[] {
    return this.#instances.open.map(({ instance }) => instance);
  }

  get loaded(): readonly LoadedModel[] {
    return this.#instances.all.map(({ instance }) => instance);
  }

  get past(): EngineCounters | null {
    return this.#instances.past;
  }

  get leases(): number {
    return this.#instances.leases;
  }

  get hasReplicas(): boolean {
    return this.#instances.present.length > 1;
  }

  want(): void {
    this.#host.wanted();
  }

  addWaiters(count: () => number): () => void {
    this.#waiters.add(count);
    return () => this.#waiters.delete(count);
  }

  /** Whether anybody waits for it; where nobody says how many do, whoever wanted it does. */
  get isAwaited(): boolean {
    return this.#waiters.size === 0 || [...this.#waiters].some((count) => count() > 0);
  }

  lease(marks: PrefixMarks = []): Lease<LoadedModel> | null {
    return this.#instances.lease(marks);
  }

  async describe(): Promise<ModelDescription> {
    const lease = this.lease();
    if (lease === null) {
      const { description } = this.#source;
      if (description !== null) return description;
      throw new WeirError("model_loading", "The model is not loaded: it is when a request asks for it.");
    }
    try {
      const description = await lease.instance.describe();
      this.#source.description = description;
      return description;
    } finally {
      lease.release();
    }
  }

  onChange(listener: () => void): () => void {
    return this.#instances.onChange(listener);
  }

  /**
   * Loads the model where it is not loaded. Who asks while it loads waits for the same loading.
   *
   * @param hooks of the loading that this begins
   * @throws WeirError, or a native error with one of its codes; the state is then `failed`, or as before where it `mayWait`
   */
  load(hooks: LoadWish = {}): Promise<void> {
    return this.#changes.load(hooks);
  }

  /**
   * Learns from the file what the model is, so that it can be asked for before it is loaded.
   *
   * @throws WeirError `model_load_failed`, `invalid_argument`
   */
  async inspect(): Promise<void> {
    const facts = await this.#memory.factsOf(this.#source.options);
    if (!this.isKnown) this.#instances.expect(facts);
  }

  /**
   * Why there is no room for it now, beside all that is loaded; null where there is. Throws as inspect().
   *
   * @param freed what others take, and would give
   */
  shortage(freed: readonly DeviceMemory[] = []): Promise<string | null> {
    return this.#memory.shortageOf(this.#source.options, freed);
  }

  /** The same, with what would fit: that takes some plans more. */
  async refusal(): Promise<string | null> {
    return (await this.#memory.plan(this.#source.options)).refusal;
  }

  /** Resolves when no request computes on it for a moment. */
  async idle(): Promise<void> {
    if (this.#changes.areUnderWay) await this.#changes.end;
    await Promise.all(this.#instances.all.map((instance) => instance.idle()));
  }

  /** It can't be loaded for now, for this: who waits is told so. */
  giveUp(thrown: unknown): void {
    if (this.state === "unloaded" || this.state === "loading") this.#phase.fail(kindOfFailure(thrown));
  }

  /** Takes no new requests, lets those that run end and frees all instances; the facts stay. */
  unload(): Promise<void> {
    return this.#changes.unload();
  }

  /**
   * Changes the file that serves under this name, while it is asked. Nobody's leaving ends it.
   *
   * @throws WeirError `swap_in_progress` at once, where the model is being swapped or loaded; otherwise as ModelSwap.run()
   */
  swap(order: SwapOrder, onProgress: (progress: SwapProgress) => void = () => {}): Promise<SwapResult> {
    return this.#changes.swap(order, onProgress);
  }

  get swapProgress(): SwapProgress | null {
    return this.#changes.swapProgress;
  }

  /** What waits for the engines ends, and so does what comes; what runs goes on. */
  drain(): void {
    this.#closing.abort();
    for (const instance of this.loaded) instance.drain();
  }

  /** Resolves when each engine has answered, between two steps. One that is being replaced has a time limit of its own. */
  async respond(): Promise<void> {
    const healthy = this.instances.filter(({ isHealthy }) => isHealthy);
    await Promise.all(healthy.map((instance) => instance.stats()));
  }

  /** Cancels what runs and frees everything; resolves when the threads have ended. */
  async close(): Promise<void> {
    this.drain();
    await Promise.all(this.loaded.map((instance) => instance.close()));
    await endsWithin(this.#changes.end, closingMs);
  }
}
