import path from "node:path";
import { codeOf, WeirError } from "../errors.js";
import type { LoadOptions } from "../llama/options.js";
import type { InstanceLoader } from "./instance-loader.js";
import type { LeasedModel } from "./instance-set.js";
import { kindOfFailure } from "./load-failure.js";
import { ModelSwap } from "./model-swap.js";
import { type SwapGround, type SwappedParts, swapGround } from "./swap-ground.js";
import type { SwapOrder, SwapProgress, SwapResult } from "./swap-order.js";
import type { WeightsHooks } from "./weights.js";

/** What changes need of the model. */
export interface ChangedParts extends Omit<SwappedParts, "start"> {
  readonly loader: InstanceLoader;
}

export interface LoadWish extends WeightsHooks {
  /** Where there is no room for it, it stays unloaded, and has not failed. */
  readonly mayWait?: boolean;
}

/** What is done to a model, one after the other: it is loaded, unloaded, swapped. */
export class ModelChanges {
  readonly #parts: ChangedParts;
  readonly #ground: SwapGround;
  #last: Promise<void> = Promise.resolve();
  #loading: Promise<void> | null = null;
  #swap: ModelSwap | null = null;
  #progress = 0;

  constructor(parts: ChangedParts) {
    this.#parts = parts;
    this.#ground = swapGround({ ...parts, start: (options, hooks) => this.#start(options, hooks) });
  }

  /** Of the loading, 0 … 1. */
  get progress(): number {
    return this.#progress;
  }

  get swapProgress(): SwapProgress | null {
    return this.#swap?.progress ?? null;
  }

  /** Resolves when what is being done, or waits to be, has ended. */
  get end(): Promise<void> {
    return this.#last;
  }

  /** Whether what serves is about to be another. */
  get areUnderWay(): boolean {
    return this.#swap !== null || this.#loading !== null;
  }

  /** As HostedModel.load(). */
  load(hooks: LoadWish): Promise<void> {
    this.#loading ??= this.inTurn(async () => {
      if (this.#parts.instances.present.length === 0) await this.#load(hooks);
    }).finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** As HostedModel.unload(). */
  unload(): Promise<void> {
    return this.inTurn(async () => {
      this.#parts.phase.enter("unloaded");
      await this.#parts.instances.clear();
    });
  }

  /** As HostedModel.swap(). */
  swap(order: SwapOrder, onProgress: (progress: SwapProgress) => void): Promise<SwapResult> {
    this.#requireUnchanging();
    const { log } = this.#parts.host;
    const facts = { model: this.#parts.name(), file: path.basename(order.changes.modelPath) };
    log.info({ ...facts, mode: order.mode }, "swapping the model");
    const swap = new ModelSwap(this.#ground, order, onProgress);
    this.#swap = swap;
    return this.inTurn(async () => {
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

  /** Runs it when nothing else changes the model. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn.then(
      () => {},
      () => {},
    );
    return turn;
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
      `The model ${JSON.stringify(this.#parts.name())} ${what}: wait for its end.`,
    );
  }

  async #load({ mayWait = false, ...hooks }: LoadWish): Promise<void> {
    const { host, phase, instances, source } = this.#parts;
    this.#progress = 0;
    let isPlaced = false;
    const onPlaced: WeightsHooks["onPlaced"] = (plans) => {
      isPlaced = true;
      hooks.onPlaced?.(plans);
    };
    phase.enter("loading");
    try {
      const fresh = await host.loadTurn(() => this.#start(source.options, { ...hooks, onPlaced }));
      for (const instance of fresh) instances.add(instance);
      phase.enter("loaded");
    } catch (thrown) {
      if (mayWait && !isPlaced && codeOf(thrown) === "context_failed") phase.enter("unloaded");
      else phase.fail(kindOfFailure(thrown));
      throw thrown;
    }
  }

  /** Instances that nobody gets yet, where there is room for them. */
  async #start(options: LoadOptions, hooks: WeightsHooks): Promise<readonly LeasedModel[]> {
    const placed = await this.#parts.memory.place(options);
    hooks.onPlaced?.(placed.map(({ plan }) => plan));
    const onProgress = (fraction: number): void => {
      this.#progress = fraction;
      hooks.onProgress?.(fraction);
    };
    return this.#parts.loader.startAll(placed, { ...hooks, onProgress });
  }
}
