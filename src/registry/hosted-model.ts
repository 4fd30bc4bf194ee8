import path from "node:path";
import type { EngineCounters } from "../engine/engine-counters.js";
import { WeirError } from "../errors.js";
import type { ModelDescription } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";
import type { Variant } from "../llama/variant.js";
import { allocations } from "../placement/allocation.js";
import { leftBytes, type ModelPlan, together } from "../placement/plan.js";
import { endsWithin } from "./ends-within.js";
import { factsOfFile } from "./file-facts.js";
import { InstanceSet, type LeasedModel } from "./instance-set.js";
import { type LoadedModel, startInstance } from "./instance-start.js";
import { LeasedInstance } from "./leased-instance.js";
import type { InstanceHooks, LoadHooks } from "./loaded-instance.js";
import { planMemory } from "./memory-plan.js";
import type { MemoryRoom } from "./memory-room.js";
import { ModelSwap, type SwapGround } from "./model-swap.js";
import { findPlace, numbered, type PlacedModel, placeModel } from "./placing.js";
import type { PrefixMarks } from "./prefix-marks.js";
import type { RegistryLog } from "./registry-log.js";
import type { Lease, ServedFacts, ServedModel, ServedState } from "./served-model.js";
import type { SwapOrder, SwapProgress, SwapResult } from "./swap-order.js";
import { modelName, type WeightsHooks } from "./weights.js";

/** What a model needs of the process that it is in. */
export interface ModelHost {
  readonly log: RegistryLog;
  /** What models may take of the host's memory together; null: what there is. */
  readonly memoryLimitBytes: number | null;
  /** What they take of it now. */
  memoryBytes(): number;
  /** The llama.cpp build of this process. */
  openVariant(gpu: LoadOptions["gpu"]): Promise<Variant>;
  /** Somebody asks for the model, whether or not it is loaded. */
  wanted(model: HostedModel): void;
}

/** What was last done with it. While it is `loaded`, its instances say more. */
type Phase = Exclude<ServedState, "ready" | "unhealthy"> | "loaded";

/** What loading takes that nobody can cut short any more, generously: whoever closes does not wait longer. */
const closingMs = 3_000;
const replicasStay =
  "The model has replicas, which can't be swapped: restart the server with the other file.";
/** Of a device's bytes: what llama.cpp allocates is planned to some tenths of a percent. */
const toleratedDifference = 0.02;

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
  /** Their engines were given up. */
  readonly #dead = new WeakSet<LeasedModel>();
  /** What each was loaded with. */
  readonly #replicaOptions = new WeakMap<LeasedModel, LoadOptions>();
  #description: ModelDescription | null = null;
  /** Loads and unloads come one after the other. */
  #work: Promise<void> = Promise.resolve();
  #loading: Promise<void> | null = null;
  #swap: ModelSwap | null = null;

  constructor(host: ModelHost, options: LoadOptions, hooks: InstanceHooks = {}) {
    this.#host = host;
    this.#options = options;
    this.#hooks = hooks;
    this.#fileName = modelName({ alias: null, modelPath: options.modelPath });
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
    if (present.every((instance) => this.#dead.has(instance))) return "failed";
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
    this.#host.wanted(this);
  }

  lease(marks: PrefixMarks = []): Lease<LoadedModel> | null {
    return this.#instances.lease(marks);
  }

  async describe(): Promise<ModelDescription> {
    const lease = this.lease();
    if (lease === null) {
      if (this.#description === null)
        throw new WeirError("model_loading", "The model is not loaded: try again soon.");
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
    const variant = await this.#host.openVariant(this.#options.gpu);
    const { models } = await findPlace(variant, this.#options, this.#hostFreeBytes);
    const options = models[0]?.options ?? this.#options;
    const slots = models.reduce((sum, one) => sum + one.options.slots, 0);
    const facts = factsOfFile(await planMemory(variant, options), options, variant.addon.build.llamaCpp);
    if (!this.isKnown) this.#instances.expect(facts.slots > 0 && slots > 0 ? { ...facts, slots } : facts);
  }

  /** Why there is no room for it now, beside all that is loaded; null where there is. Throws as inspect(). */
  async shortage(): Promise<string | null> {
    const variant = await this.#host.openVariant(this.#options.gpu);
    return (await findPlace(variant, this.#options, this.#hostFreeBytes)).refusal;
  }

  /** Resolves when no request computes on it for a moment. */
  async idle(): Promise<void> {
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
    if (this.hasReplicas) throw new WeirError("invalid_value", replicasStay, { param: "model" });
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

  readonly #ground: SwapGround = this.#makeGround();

  #makeGround(): SwapGround {
    const optionsNow = (): LoadOptions => this.#options;
    return {
      instances: this.#instances,
      closing: this.#closing.signal,
      get options() {
        return optionsNow();
      },
      plan: async (options) => {
        const variant = await this.#host.openVariant(options.gpu);
        return planMemory(variant, await numbered(variant, options, this.#hostFreeBytes));
      },
      room: () => this.#room,
      start: async (options, hooks) => {
        const variant = await this.#host.openVariant(options.gpu);
        return this.#start(await numbered(variant, options, this.#hostFreeBytes), hooks);
      },
      holdBack: async () => {
        // What is asked meanwhile.
        await this.describe().catch(() => {});
        this.#phase = "swapping";
        this.#instances.isHeldBack = true;
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

  get #room(): Omit<MemoryRoom, "freed"> {
    return { limitBytes: this.#host.memoryLimitBytes, usedBytes: this.#host.memoryBytes() };
  }

  /** Of the host's memory, what one more model may take. */
  get #hostFreeBytes(): number {
    const { limitBytes, usedBytes } = this.#room;
    const free = process.availableMemory();
    return limitBytes === null ? free : Math.min(free, Math.max(0, limitBytes - usedBytes));
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
      const placed = await this.#place(this.#options);
      this.#warnOfPrefixes(placed);
      hooks.onPlaced?.(placed.map(({ plan }) => plan));
      const fresh = await this.#startAll(placed, hooks);
      this.#phase = "loaded";
      for (const instance of fresh) this.#instances.add(instance);
    } catch (thrown) {
      this.#enter("failed");
      throw thrown;
    }
  }

  /** @throws WeirError `context_failed` where the options do not fit */
  async #place(options: LoadOptions): Promise<readonly PlacedModel[]> {
    const { limitBytes } = this.#room;
    const hostFreeBytes = this.#hostFreeBytes;
    try {
      return await placeModel(await this.#host.openVariant(options.gpu), options, hostFreeBytes, this.id);
    } catch (thrown) {
      if (!(thrown instanceof WeirError) || thrown.code !== "context_failed" || limitBytes === null)
        throw thrown;
      const [most, left] = [limitBytes, hostFreeBytes].map((bytes) => Math.ceil(bytes / 2 ** 20));
      const limit = `memory-limit is ${most} MiB, of which ${left} MiB are left`;
      throw new WeirError("context_failed", `${thrown.message} (${limit})`, { cause: thrown });
    }
  }

  /** All of them, or none. */
  async #startAll(placed: readonly PlacedModel[], hooks: WeightsHooks): Promise<readonly LeasedModel[]> {
    const fresh: LeasedModel[] = [];
    try {
      for (const { options, plan } of placed) {
        const part = (fraction: number): void =>
          hooks.onProgress?.((fresh.length + fraction) / placed.length);
        const one = await this.#start(options, { ...hooks, onProgress: part, isPlaced: true });
        fresh.push(one);
        this.#compare(plan, one);
      }
      return fresh;
    } catch (thrown) {
      await Promise.all(fresh.map(({ instance }) => instance.close()));
      throw thrown;
    }
  }

  /** The others serve meanwhile. Where it can't be loaded again, they go on without it. */
  async #reloadReplica(dead: LeasedModel): Promise<void> {
    const { log } = this.#host;
    const options = this.#replicaOptions.get(dead);
    if (options === undefined || this.#closing.signal.aborted) return;
    try {
      await this.#instances.remove(dead);
      this.#instances.add(await this.#start(options, {}));
      log.warn({ model: this.id, devices: options.devices }, "a replica that had died is loaded again");
    } catch (thrown) {
      if (this.#closing.signal.aborted) return;
      log.error(
        { model: this.id, devices: options.devices, err: thrown },
        "a replica is lost: the others serve on",
      );
    }
  }

  /** What prefixes may take later is a ceiling, and no part of the plan. */
  #warnOfPrefixes(placed: readonly PlacedModel[]): void {
    const { cacheRamBytes } = this.#options;
    const host = together(placed.map(({ plan }) => plan)).find(({ device }) => device === "CPU");
    if (host === undefined || leftBytes(host) >= cacheRamBytes) return;
    const facts = { model: this.id, cacheRamBytes, leftBytes: Math.floor(leftBytes(host)) };
    this.#host.log.warn(
      facts,
      "prefixes may take more of the host's memory than the model leaves: lower cache-ram",
    );
  }

  /** Warns where llama.cpp has allocated otherwise than planned. */
  #compare(plan: ModelPlan, { instance }: LeasedModel): void {
    for (const allocation of allocations(plan, instance.memory)) {
      if (Math.abs(allocation.difference) <= toleratedDifference) continue;
      this.#host.log.warn(
        { model: this.id, ...allocation },
        "llama.cpp has allocated otherwise than planned",
      );
    }
  }

  /** An instance that nobody gets yet. */
  async #start(
    options: LoadOptions,
    hooks: WeightsHooks & Pick<LoadHooks, "isPlaced">,
  ): Promise<LeasedModel> {
    const aborted = this.#closing.signal;
    const signal = hooks.signal === undefined ? aborted : AbortSignal.any([hooks.signal, aborted]);
    const onProgress = (fraction: number): void => {
      this.#progress = fraction;
      hooks.onProgress?.(fraction);
    };
    let started: LeasedModel | null = null;
    const watch = this.#watch(() => started);
    const variant = await this.#host.openVariant(options.gpu);
    const isPlaced = hooks.isPlaced ?? false;
    const instance = await startInstance(variant, options, { ...watch, onProgress, signal, isPlaced });
    if (aborted.aborted) {
      await instance.close();
      throw new WeirError("model_load_aborted", "the server was closed while the model was loading");
    }
    started = new LeasedInstance(instance);
    this.#replicaOptions.set(started, options);
    return started;
  }

  /** What an instance tells, to the log and to whoever owns the model. */
  #watch(instance: () => LeasedModel | null): InstanceHooks {
    const { log } = this.#host;
    return {
      ...this.#hooks,
      onUnhealthy: (reason, isReplaced) => {
        const next = isReplaced ? "a fresh one takes its place" : "that is given up: it is the second time";
        log.error({ model: this.id, reason }, `the model's engine has failed, and ${next}`);
        this.#instances.changed();
        this.#hooks.onUnhealthy?.(reason, isReplaced);
      },
      onLateFailure: (reason) => {
        const what = "the model's engine has failed while the server goes away: what it ran has ended";
        log.error({ model: this.id, reason }, what);
        this.#hooks.onLateFailure?.(reason);
      },
      onHealthy: () => {
        log.warn({ model: this.id }, "a fresh engine serves the model");
        this.#instances.changed();
        this.#hooks.onHealthy?.();
      },
      onDeath: (reason) => {
        log.error({ model: this.id, reason }, "the model's engine has died");
        const dead = instance();
        if (dead === null) return;
        this.#dead.add(dead);
        this.#instances.changed();
        // One that goes away is missed by nobody, and one that has others beside it comes again.
        if (!this.#instances.present.includes(dead)) return;
        if (this.state === "failed") this.#hooks.onDeath?.(reason);
        else void this.#inTurn(() => this.#reloadReplica(dead));
      },
      onFault: (thrown) => {
        log.error({ err: thrown }, "a fault that no request waits for");
        this.#hooks.onFault?.(thrown);
      },
    };
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
