import type { LoadOptions } from "../llama/options.js";
import { type LlamaLog, openVariant, type Variant } from "../llama/variant.js";
import { HostedModel, type ModelHost } from "./hosted-model.js";
import type { InstanceHooks, LoadHooks } from "./loaded-instance.js";
import { hostBytes } from "./memory-room.js";
import type { RegistryLog } from "./registry-log.js";
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

/** The models of this process: finds them by name, closes them. */
export class ModelRegistry implements ModelDirectory {
  readonly #log: RegistryLog;
  readonly #memoryLimitBytes: number | null;
  #models: readonly HostedModel[] = [];
  /** Of the first model; null: what its options say. */
  #names: readonly string[] | null = null;
  #isClosing = false;
  #closed: Promise<void> | null = null;

  /** @param memoryLimitBytes what models may take of the host's memory together; null: what there is */
  constructor(log: RegistryLog, memoryLimitBytes: number | null = null) {
    this.#log = log;
    this.#memoryLimitBytes = memoryLimitBytes;
  }

  get state(): ModelDirectory["state"] {
    if (this.#isClosing) return "closing";
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

  /**
   * Names the model that is or will be the first, in place of its alias; requests that run keep the name that they came with.
   *
   * @param names the first is the one that answers carry; none is the file's name
   */
  rename(names: readonly string[]): void {
    this.#names = names;
    const [first] = this.#models;
    if (first !== undefined) first.names = names;
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
    };
    const model = new HostedModel(host, options, hooks);
    if (this.#models.length === 0 && this.#names !== null) model.names = this.#names;
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

  /** Takes no new requests, and refuses those that wait for a slot; those that run go on. */
  drain(): void {
    this.#isClosing = true;
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
