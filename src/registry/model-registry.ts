import type { LoadOptions } from "../llama/options.js";
import { type LlamaLog, openVariant, type Variant } from "../llama/variant.js";
import type { ModelPlan } from "../placement/plan.js";
import { HostedModel } from "./hosted-model.js";
import type { InstanceHooks, LoadHooks } from "./loaded-instance.js";
import { hostBytes } from "./memory-room.js";
import type { ModelHost } from "./model-host.js";
import type { ModelNaming, ModelSpec } from "./model-spec.js";
import type { RegistryLog } from "./registry-log.js";
import { defaultTimes, Residency, type ResidencyTimes } from "./residency.js";
import type { ModelDirectory, ServedState } from "./served-model.js";

/** What a server is of which the best of its models is this. One that swaps, or is loaded when it is asked for, takes requests. */
const directoryStates: Readonly<Record<ServedState, ModelDirectory["state"]>> = {
  ready: "ready",
  swapping: "ready",
  unloaded: "ready",
  loading: "loading",
  unhealthy: "unhealthy",
  failed: "failed",
};
const bestFirst = ["ready", "loading", "unhealthy", "failed"] as const;

export interface RegistryOptions {
  /** What models may take of the host's memory together; null: what there is. */
  readonly memoryLimitBytes?: number | null;
  /** How many may be loaded at the same time; 0: as many as fit. */
  readonly mostLoaded?: number;
  /** For tests. */
  readonly times?: Partial<ResidencyTimes>;
}

/** What watches and ends the start. */
export interface StartHooks extends InstanceHooks {
  /** Of this model, 0 … 1. */
  readonly onLoading?: (model: HostedModel, fraction: number) => void;
  /** What is about to be loaded of this model: one plan, or one a replica. */
  readonly onPlaced?: (model: HostedModel, plans: readonly ModelPlan[]) => void;
  /** Ends the loading with `model_load_aborted`. */
  readonly signal?: AbortSignal;
}

/** The models of this process: finds them by name, has them loaded, closes them. */
export class ModelRegistry implements ModelDirectory {
  readonly #log: RegistryLog;
  readonly #memoryLimitBytes: number | null;
  readonly #times: ResidencyTimes;
  readonly #residency: Residency;
  #models: readonly HostedModel[] = [];
  /** Loads and swaps come one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #isStarting = false;
  #isClosing = false;
  #closed: Promise<void> | null = null;

  constructor(
    log: RegistryLog,
    { memoryLimitBytes = null, mostLoaded = 0, times = {} }: RegistryOptions = {},
  ) {
    this.#log = log;
    this.#memoryLimitBytes = memoryLimitBytes;
    this.#times = { ...defaultTimes, ...times };
    this.#residency = new Residency({ log, most: mostLoaded, times: this.#times });
  }

  get state(): ModelDirectory["state"] {
    if (this.#isClosing) return "closing";
    if (this.#isStarting) return "loading";
    const states = this.#models.map(({ state }) => directoryStates[state]);
    return bestFirst.find((state) => states.includes(state)) ?? "loading";
  }

  get progress(): number {
    const loading = this.#models.find(({ state }) => state === "loading");
    return loading?.progress ?? this.#models[0]?.progress ?? 0;
  }

  list(): readonly HostedModel[] {
    return this.#models.filter(({ isKnown }) => isKnown);
  }

  find(name: string): HostedModel | undefined {
    const models = this.list();
    return models.find(({ id }) => id === name) ?? models.find((model) => model.isNamed(name));
  }

  /** The llama.cpp build of this process, opened with this registry's log. */
  openVariant(gpu: LoadOptions["gpu"]): Promise<Variant> {
    return openVariant(gpu, this.#llamaLog);
  }

  /** A model that nothing is loaded of yet. */
  add(options: LoadOptions, hooks: InstanceHooks = {}): HostedModel {
    const host: ModelHost = {
      log: this.#log,
      memoryLimitBytes: this.#memoryLimitBytes,
      memoryBytes: () => this.list().reduce((sum, { facts }) => sum + hostBytes(facts.memory), 0),
      openVariant: (gpu) => this.openVariant(gpu),
      retryMs: this.#times.retryMs,
      loadTurn: (work) => this.#loadTurn(work),
      wanted: () => this.#residency.ask(model),
      lost: (reason) => this.#lose(model, reason, hooks),
    };
    const model: HostedModel = new HostedModel(host, options, hooks);
    this.#models = [...this.#models, model];
    return model;
  }

  /**
   * Adds a model and loads it.
   *
   * @throws WeirError, or a native error with one of its codes; its state is then `failed`
   */
  async load(options: LoadOptions, hooks: LoadHooks = {}): Promise<HostedModel> {
    const model = this.add(options, hooks);
    await model.load(hooks);
    return model;
  }

  /**
   * Adds models, looks at their files, and loads those of the start, one after the other; the state is `loading` until then, and
   * what is asked for on demand waits.
   *
   * @throws WeirError, or a native error with one of its codes, where one of the files is of no use
   */
  async start(specs: readonly ModelSpec[], hooks: StartHooks = {}): Promise<readonly HostedModel[]> {
    this.#isStarting = true;
    this.#residency.isHeld = true;
    try {
      const models = specs.map(({ options, names, residence }) => {
        const model = this.add(options, hooks);
        model.names = names;
        this.#residency.add(model, residence);
        return { model, residence };
      });
      const [onDemand, atStart] = (["demand", "start"] as const).map((when) =>
        models.filter(({ residence }) => residence.load === when),
      );
      for (const { model } of onDemand ?? []) await model.inspect();
      for (const { model } of atStart ?? []) {
        const onProgress = (fraction: number): void => hooks.onLoading?.(model, fraction);
        const onPlaced = (plans: readonly ModelPlan[]): void => hooks.onPlaced?.(model, plans);
        const { signal } = hooks;
        await model.load({ onProgress, onPlaced, ...(signal === undefined ? {} : { signal }) });
      }
      this.#residency.isHeld = false;
      return models.map(({ model }) => model);
    } finally {
      this.#isStarting = false;
    }
  }

  /** Names the models of `start` anew, in the same order, and says anew when they are in memory. */
  configure(specs: readonly ModelNaming[]): void {
    for (const [index, { names, residence }] of specs.entries()) {
      const model = this.#models[index];
      if (model === undefined) continue;
      model.names = names;
      this.#residency.setPolicy(model, residence);
    }
  }

  /** Who has other models still serves those; who has none ends, so that whoever supervises it starts it anew. */
  #lose(model: HostedModel, reason: string, hooks: InstanceHooks): void {
    const others = this.#models.filter((other) => other !== model && other.state !== "failed");
    if (others.length > 0) {
      const facts = { model: model.id, reason, others: others.map(({ id }) => id) };
      this.#log.error(facts, "a swap has left the model without a file: the others serve on");
    } else hooks.onDeath?.(reason);
  }

  #loadTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Takes no new requests, and refuses those that wait for a slot; those that run go on. */
  drain(): void {
    this.#isClosing = true;
    this.#residency.close();
    for (const model of this.#models) model.drain();
  }

  /** Resolves when each engine has answered, between two steps. One that is being replaced has a time limit of its own. */
  async respond(): Promise<void> {
    await Promise.all(this.#models.map((model) => model.respond()));
  }

  /** Cancels what runs and frees all models; resolves when their threads have ended. */
  close(): Promise<void> {
    this.drain();
    this.#closed ??= Promise.all(this.#models.map((model) => model.close())).then(() => {
      this.#models = [];
    });
    return this.#closed;
  }

  /** llama.cpp tells a lot while it loads; its `info` is our `debug`. */
  readonly #llamaLog: LlamaLog = (level, message) => {
    const own = level === "info" ? "debug" : level;
    this.#log[own]({ component: "llama.cpp" }, message);
  };
}
