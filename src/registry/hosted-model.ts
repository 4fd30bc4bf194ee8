import path from "node:path";
import type { EngineCounters } from "../engine/engine-counters.js";
import { WeirError } from "../errors.js";
import type { DeviceMemory, ModelDescription } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";
import { endsWithin } from "./ends-within.js";
import { InstanceLoader } from "./instance-loader.js";
import { InstanceSet, type LeasedModel } from "./instance-set.js";
import type { LoadedModel } from "./instance-start.js";
import type { InstanceHooks } from "./loaded-instance.js";
import type { ModelHost } from "./model-host.js";
import { ModelMemory } from "./model-memory.js";
import { ModelSwap, type SwapGround } from "./model-swap.js";
import type { PrefixMarks } from "./prefix-marks.js";
import type { Lease, ServedFacts, ServedModel, ServedState } from "./served-model.js";
import type { SwapOrder, SwapProgress, SwapResult } from "./swap-order.js";
import { modelName, type WeightsHooks } from "./weights.js";

/** What was last done with it. While it is `loaded`, its instances say more. */
type Phase = Exclude<ServedState, "ready" | "unhealthy"> | "loaded";

/** What loading takes that nobody can cut short any more, generously: whoever closes does not wait longer. */
const closingMs = 3_000;

/** A model by its name, whatever is loaded of it: nothing, one instance, or several of the same file. */
export class HostedModel implements ServedModel {
  readonly #host: ModelHost;
  readonly #hooks: InstanceHooks;
  readonly #instances = new InstanceSet();
  readonly #closing = new AbortController();
  #options: LoadOptions;
  readonly #fileName: string;
  /** The first is the one that answers carry. Null: what the options say; none: the file that was given first. */
  #names: readonly string[] | null = null;
  #phase: Phase = "unloaded";
  #progress = 0;
  #description: ModelDescription | null = null;
  /** Loads and unloads come one after the other. */
  #work: Promise<void> = Promise.resolve();
  #loading: Promise<void> | null = null;
  #swap: ModelSwap | null = null;
  readonly #memory: ModelMemory;
  readonly #loader: InstanceLoader;
  readonly #ground: SwapGround;

  constructor(host: ModelHost, options: LoadOptions, hooks: InstanceHooks = {}) {
    this.#host = host;
    this.#options = options;
    this.#hooks = hooks;
    this.#fileName = modelName({ alias: null, modelPath: options.modelPath });
    this.#memory = new ModelMemory(host, () => this.id);
    this.#loader = new InstanceLoader({
      ...{ host, hooks, memory: this.#memory, instances: this.#instances, closing: this.#closing.signal },
      name: () => this.id,
      isFailed: () => this.state === "failed",
      inTurn: (work) => this.#inTurn(work),
    });
    this.#ground = this.#makeGround();
  }

  get id(): string {
    return (this.#names === null ? this.#options.alias : this.#names[0]) ?? this.#fileName;
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
    if (this.#phase !== "loaded") return this.#phase;
    const { present } = this.#instances;
    if (present.every((instance) => this.#loader.isDead(instance))) return "failed";
    return present.some(({ instance }) => instance.isHealthy) ? "ready" : "unhealthy";
  }

  /** 0 … 1 while loading. */
  get progress(): number {
    return this.#progress;
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

  lease(marks: PrefixMarks = []): Lease<LoadedModel> | null {
    return this.#instances.lease(marks);
  }

  async describe(): Promise<ModelDescription> {
    const lease = this.lease();
    if (lease === null) {
      if (this.#description === null)
        throw new WeirError("model_loading", "The model is not loaded: it is when a request asks for it.");
      return this.#description;
    }
    try {
      this.#description = await lease.instance.describe();
      return this.#description;
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
   * @throws WeirError, or a native error with one of its codes; the state is then `failed`
   */
  load(hooks: WeightsHooks = {}): Promise<void> {
    this.#loading ??= this.#inTurn(async () => {
      if (this.#instances.present.length === 0) await this.#load(hooks);
    }).finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /**
   * Learns from the file what the model is, so that it can be asked for before it is loaded.
   *
   * @throws WeirError `model_load_failed`, `invalid_argument`
   */
  async inspect(): Promise<void> {
    const facts = await this.#memory.factsOf(this.#options);
    if (!this.isKnown) this.#instances.expect(facts);
  }

  /**
   * Why there is no room for it now, beside all that is loaded; null where there is. Throws as inspect().
   *
   * @param freed what others take, and would give
   */
  shortage(freed: readonly DeviceMemory[] = []): Promise<string | null> {
    return this.#memory.shortageOf(this.#options, freed);
  }

  /** Resolves when no request computes on it for a moment. */
  async idle(): Promise<void> {
    if (this.#swap !== null || this.#loading !== null) await this.#work;
    await Promise.all(this.#instances.all.map((instance) => instance.idle()));
  }

  /** It can't be loaded for now: who waits is told so. */
  giveUp(): void {
    if (this.#phase === "unloaded" || this.#phase === "loading") this.#enter("failed");
  }

  /** Who asks for it next has it loaded again. */
  forgive(): void {
    if (this.#phase === "failed") this.#enter("unloaded");
  }

  /** Takes no new requests, lets those that run end and frees all instances; the facts stay. */
  unload(): Promise<void> {
    return this.#inTurn(async () => {
      this.#enter("unloaded");
      await this.#instances.clear();
    });
  }

  /**
   * Changes the file that serves under this name, while it is asked. Nobody's leaving ends it.
   *
   * @throws WeirError `swap_in_progress` at once, where the model is being swapped or loaded; otherwise as ModelSwap.run()
   */
  swap(order: SwapOrder, onProgress: (progress: SwapProgress) => void = () => {}): Promise<SwapResult> {
    this.#requireUnchanging();
    const { log } = this.#host;
    const facts = { model: this.id, file: path.basename(order.changes.modelPath) };
    log.info({ ...facts, mode: order.mode }, "swapping the model");
    const swap = new ModelSwap(this.#ground, order, onProgress);
    this.#swap = swap;
    return this.#inTurn(async () => {
      try {
        const result = await swap.run();
        log.info({ ...facts, ...result }, "the model is swapped");
        return result;
      } catch (thrown) {
        log.warn({ ...facts, err: thrown }, "the model is not swapped");
        throw thrown;
      } finally {
        this.#swap = null;
      }
    });
  }

  get swapProgress(): SwapProgress | null {
    return this.#swap?.progress ?? null;
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
    await endsWithin(this.#work, closingMs);
  }

  #makeGround(): SwapGround {
    const optionsNow = (): LoadOptions => this.#options;
    let phaseBefore: Phase = "unloaded";
    return {
      instances: this.#instances,
      closing: this.#closing.signal,
      get options() {
        return optionsNow();
      },
      plan: (options) => this.#memory.plan(options),
      room: () => this.#memory.room,
      start: (options, hooks) => this.#start(options, hooks),
      loadTurn: (work) => this.#host.loadTurn(work),
      holdBack: async () => {
        // What is asked meanwhile.
        await this.describe().catch(() => {});
        phaseBefore = this.#phase;
        this.#phase = "swapping";
        this.#instances.isHeldBack = true;
      },
      release: () => {
        this.#phase = phaseBefore;
        this.#instances.isHeldBack = false;
      },
      serve: () => {
        this.#phase = "loaded";
        this.#instances.isHeldBack = false;
      },
      adopt: (options) => {
        this.#options = options;
        this.#description = null;
      },
      lose: (reason) => {
        this.#phase = "failed";
        this.#instances.isHeldBack = false;
        this.#hooks.onDeath?.(reason);
      },
    };
  }

  #requireUnchanging(): void {
    const swap = this.swapProgress;
    if (swap === null && this.#loading === null) return;
    const what =
      swap === null
        ? "is being loaded"
        : `is being swapped to ${swap.fileName}, since ${swap.seconds} s (${swap.stage})`;
    throw new WeirError(
      "swap_in_progress",
      `The model ${JSON.stringify(this.id)} ${what}: wait for its end.`,
    );
  }

  async #load(hooks: WeightsHooks): Promise<void> {
    this.#progress = 0;
    this.#enter("loading");
    try {
      const fresh = await this.#host.loadTurn(() => this.#start(this.#options, hooks));
      this.#phase = "loaded";
      for (const instance of fresh) this.#instances.add(instance);
    } catch (thrown) {
      this.#enter("failed");
      throw thrown;
    }
  }

  /** Instances that nobody gets yet, where there is room for them. */
  async #start(options: LoadOptions, hooks: WeightsHooks): Promise<readonly LeasedModel[]> {
    const placed = await this.#memory.place(options);
    hooks.onPlaced?.(placed.map(({ plan }) => plan));
    const onProgress = (fraction: number): void => {
      this.#progress = fraction;
      hooks.onProgress?.(fraction);
    };
    return this.#loader.startAll(placed, { ...hooks, onProgress });
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#work.then(work);
    this.#work = turn.then(
      () => {},
      () => {},
    );
    return turn;
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#instances.changed();
  }
}
