import { WeirError } from "../errors.js";
import type { LoadOptions } from "../llama/options.js";
import { type LlamaLog, openVariant, type Variant } from "../llama/variant.js";
import { EmbeddingInstance } from "./embedding-instance.js";
import type { LoadHooks } from "./loaded-instance.js";
import { ModelInstance } from "./model-instance.js";
import type { ModelDirectory, ServedModel } from "./served-model.js";
import { loadWeights, modelName } from "./weights.js";

/** A model of either kind, with what only its owner needs. */
export type LoadedModel = ModelInstance | EmbeddingInstance;

/** What the registry tells about itself; pino's loggers fit. */
export interface RegistryLog {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

/** The models of this process: loads them, finds them by name, closes them. */
export class ModelRegistry implements ModelDirectory {
  readonly #log: RegistryLog;
  #state: ModelDirectory["state"] = "loading";
  #progress = 0;
  #instances: LoadedModel[] = [];
  /** Null: what the options of the load say. */
  #names: readonly string[] | null = null;
  #closed: Promise<void> | null = null;

  constructor(log: RegistryLog) {
    this.#log = log;
  }

  get state(): ModelDirectory["state"] {
    return this.#state;
  }

  get progress(): number {
    return this.#progress;
  }

  list(): readonly LoadedModel[] {
    return this.#instances;
  }

  find(name: string): ServedModel | undefined {
    const named = this.#instances.find((instance) => instance.id === name);
    return named ?? (this.#names?.includes(name) ? this.#instances[0] : undefined);
  }

  /**
   * Names the model that is or will be loaded, in place of its alias; requests that run keep the name that they came with.
   *
   * @param names the first is the one that answers carry; none is the file's name
   */
  rename(names: readonly string[]): void {
    this.#names = names;
    for (const instance of this.#instances) {
      instance.id = modelName({ alias: names[0] ?? null, modelPath: instance.fileName });
    }
  }

  /** The llama.cpp build of this process, opened with this registry's log. */
  openVariant(gpu: LoadOptions["gpu"]): Promise<Variant> {
    return openVariant(gpu, this.#llamaLog);
  }

  /**
   * Loads a model and serves it for what its file says it is for.
   *
   * @throws WeirError, or a native error with one of its codes; the state is then `failed`
   */
  async load(options: LoadOptions, hooks: LoadHooks = {}): Promise<LoadedModel> {
    this.#state = "loading";
    try {
      const variant = await this.openVariant(options.gpu);
      const instance = await start(variant, options, {
        ...hooks,
        onProgress: (fraction) => {
          this.#progress = fraction;
          hooks.onProgress?.(fraction);
        },
        onUnhealthy: (reason, isReplaced) => {
          if (this.#state === "ready") this.#state = "unhealthy";
          const next = isReplaced ? "a fresh one takes its place" : "that is given up: it is the second time";
          this.#log.error(
            { model: options.alias ?? options.modelPath, reason },
            `the model's engine has failed, and ${next}`,
          );
          hooks.onUnhealthy?.(reason, isReplaced);
        },
        onLateFailure: (reason) => {
          this.#log.error(
            { model: options.alias ?? options.modelPath, reason },
            "the model's engine has failed while the server goes away: what it ran has ended",
          );
          hooks.onLateFailure?.(reason);
        },
        onHealthy: () => {
          if (this.#state === "unhealthy") this.#state = "ready";
          this.#log.warn({ model: options.alias ?? options.modelPath }, "a fresh engine serves the model");
          hooks.onHealthy?.();
        },
        onDeath: (reason) => {
          if (!this.#isClosing()) this.#state = "failed";
          this.#log.error(
            { model: options.alias ?? options.modelPath, reason },
            "the model's engine has died",
          );
          hooks.onDeath?.(reason);
        },
        onFault: (thrown) => {
          this.#log.error({ err: thrown }, "a fault that no request waits for");
          hooks.onFault?.(thrown);
        },
      });
      if (this.#isClosing()) {
        await instance.close();
        throw new WeirError("model_load_aborted", "the server was closed while the model was loading");
      }
      this.#instances.push(instance);
      if (this.#names !== null) this.rename(this.#names);
      this.#state = instance.isHealthy ? "ready" : "unhealthy";
      return instance;
    } catch (thrown) {
      if (!this.#isClosing()) this.#state = "failed";
      throw thrown;
    }
  }

  /** Takes no new requests, and refuses those that wait for a slot; those that run go on. */
  drain(): void {
    this.#state = "closing";
    for (const instance of this.#instances) instance.drain();
  }

  /** Resolves when each engine has answered, between two steps. One that is being replaced has a time limit of its own. */
  async respond(): Promise<void> {
    const healthy = this.#instances.filter(({ isHealthy }) => isHealthy);
    await Promise.all(healthy.map((instance) => instance.stats()));
  }

  /** Cancels what runs and frees all models; resolves when their threads have ended. */
  close(): Promise<void> {
    this.drain();
    this.#closed ??= Promise.all(this.#instances.map((instance) => instance.close())).then(() => {
      this.#instances = [];
    });
    return this.#closed;
  }

  /** close() may come while load() waits, which the compiler does not see in #state. */
  #isClosing(): boolean {
    return this.#state === "closing";
  }

  /** llama.cpp tells a lot while it loads; its `info` is our `debug`. */
  readonly #llamaLog: LlamaLog = (level, message) => {
    const own = level === "info" ? "debug" : level;
    this.#log[own]({ component: "llama.cpp" }, message);
  };
}

async function start(variant: Variant, options: LoadOptions, hooks: LoadHooks): Promise<LoadedModel> {
  const model = await loadWeights(variant, options, hooks);
  const generates = model.info().pooling === "none";
  return (generates ? ModelInstance : EmbeddingInstance).start(variant, model, options, hooks);
}
