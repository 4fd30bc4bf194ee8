import os from "node:os";
import { WeirError } from "../errors.js";
import type { LoadOptions } from "../llama/options.js";
import type { DevicePlan } from "../placement/plan.js";
import type { InstanceSet, LeasedModel } from "./instance-set.js";
import { startInstance } from "./instance-start.js";
import { LeasedInstance } from "./leased-instance.js";
import type { InstanceHooks, LoadHooks } from "./loaded-instance.js";
import type { ModelHost } from "./model-host.js";
import type { ModelMemory } from "./model-memory.js";
import type { PlacedModel } from "./placing.js";
import type { WeightsHooks } from "./weights.js";

/** What loading needs of the model whose instances it makes. */
export interface LoaderGround {
  readonly host: ModelHost;
  readonly memory: ModelMemory;
  readonly instances: InstanceSet;
  /** Of whoever owns the model. */
  readonly hooks: InstanceHooks;
  /** Aborts when the server goes away. */
  readonly closing: AbortSignal;
  name(): string;
  /** Whether none of its instances can serve any more. */
  isFailed(): boolean;
  /** Runs it when nothing else changes the model. */
  inTurn(work: () => Promise<void>): Promise<void>;
}

/** Makes a model's instances, listens to them, and makes a replica anew that has died. */
export class InstanceLoader {
  readonly #ground: LoaderGround;
  /** Their engines were given up. */
  readonly #dead = new WeakSet<LeasedModel>();
  /** What each was loaded with. */
  readonly #options = new WeakMap<LeasedModel, LoadOptions>();
  /** Those that took the place of one that had died. */
  readonly #replacements = new WeakSet<LeasedModel>();

  constructor(ground: LoaderGround) {
    this.#ground = ground;
  }

  isDead(instance: LeasedModel): boolean {
    return this.#dead.has(instance);
  }

  /** Instances that nobody gets yet: all of them, or none. */
  async startAll(placed: readonly PlacedModel[], hooks: WeightsHooks): Promise<readonly LeasedModel[]> {
    this.#warnOfThreads(placed);
    const fresh: LeasedModel[] = [];
    try {
      for (const { options, plan } of placed) {
        const onProgress = (fraction: number): void =>
          hooks.onProgress?.((fresh.length + fraction) / placed.length);
        const one = await this.#start(options, { ...hooks, onProgress, isPlaced: true });
        fresh.push(one);
        this.#ground.memory.compare(plan, one.instance);
      }
      return fresh;
    } catch (thrown) {
      await Promise.all(fresh.map(({ instance }) => instance.close()));
      throw thrown;
    }
  }

  /** Compute threads wait for each other at every operation, also for one that has no core. */
  #warnOfThreads(placed: readonly PlacedModel[]): void {
    const cores = os.availableParallelism();
    const onCpu = placed.find(({ plan }) => plan.devices.some(isCpuWithLayers));
    if (onCpu === undefined || onCpu.options.threads <= cores) return;
    const facts = { model: this.#ground.name(), threads: onCpu.options.threads, cores };
    const text =
      "more compute threads than the process has cores, and each waits for all others: lower --threads";
    this.#ground.host.log.warn(facts, text);
  }

  async #start(
    options: LoadOptions,
    hooks: WeightsHooks & Pick<LoadHooks, "isPlaced">,
  ): Promise<LeasedModel> {
    const { host, closing } = this.#ground;
    const signal = hooks.signal === undefined ? closing : AbortSignal.any([hooks.signal, closing]);
    let started: LeasedModel | null = null;
    const watch = this.#watch(() => started);
    const variant = await host.openVariant(options.gpu);
    const isPlaced = hooks.isPlaced ?? false;
    const instance = await startInstance(variant, options, { ...watch, ...hooks, signal, isPlaced });
    if (closing.aborted) {
      await instance.close();
      throw new WeirError("model_load_aborted", "the server was closed while the model was loading");
    }
    started = new LeasedInstance(instance);
    this.#options.set(started, options);
    return started;
  }

  /** Once; the others serve meanwhile, and go on without it where that is of no use. */
  async #reload(dead: LeasedModel): Promise<void> {
    const { host, instances, closing, name } = this.#ground;
    const options = this.#options.get(dead);
    // Its turn may come after a swap or an unloading.
    if (options === undefined || closing.aborted || !instances.present.includes(dead)) return;
    const facts = { model: name(), devices: options.devices };
    try {
      await instances.remove(dead);
      if (this.#replacements.has(dead)) {
        host.log.error(facts, "a replica that was loaded again has died, too: the others serve on");
        return;
      }
      const fresh = await host.loadTurn(() => this.#start(options, {}));
      this.#replacements.add(fresh);
      instances.add(fresh);
      host.log.warn(facts, "a replica that had died is loaded again");
    } catch (thrown) {
      if (closing.aborted) return;
      host.log.error({ ...facts, err: thrown }, "a replica is lost: the others serve on");
    }
  }

  /** What an instance tells, to the log and to whoever owns the model. */
  #watch(instance: () => LeasedModel | null): InstanceHooks {
    const { host, hooks, instances, name, isFailed, inTurn } = this.#ground;
    const { log } = host;
    return {
      ...hooks,
      onUnhealthy: (reason, isReplaced) => {
        const next = isReplaced ? "a fresh one takes its place" : "that is given up: it is the second time";
        log.error({ model: name(), reason }, `the model's engine has failed, and ${next}`);
        instances.changed();
        hooks.onUnhealthy?.(reason, isReplaced);
      },
      onLateFailure: (reason) => {
        const what = "the model's engine has failed while the server goes away: what it ran has ended";
        log.error({ model: name(), reason }, what);
        hooks.onLateFailure?.(reason);
      },
      onHealthy: () => {
        log.warn({ model: name() }, "a fresh engine serves the model");
        instances.changed();
        hooks.onHealthy?.();
      },
      onDeath: (reason) => {
        log.error({ model: name(), reason }, "the model's engine has died");
        const dead = instance();
        if (dead === null) return;
        this.#dead.add(dead);
        instances.changed();
        // One that goes away is missed by nobody, and one that has others beside it comes again.
        if (!instances.present.includes(dead)) return;
        if (isFailed()) hooks.onDeath?.(reason);
        else void inTurn(() => this.#reload(dead));
      },
      onFault: (thrown) => {
        log.error({ err: thrown }, "a fault that no request waits for");
        hooks.onFault?.(thrown);
      },
    };
  }
}

function isCpuWithLayers({ device, layers }: DevicePlan): boolean {
  return device === "CPU" && layers !== "";
}
