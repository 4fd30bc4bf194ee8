import { once } from "node:events";
import path from "node:path";
import { messageOf, WeirError } from "../errors.js";
import type { MemoryEstimate } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";
import { closingMs, endsWithin } from "./ends-within.js";
import { prove } from "./instance-proof.js";
import type { LeasedModel } from "./instance-set.js";
import { shortageOf } from "./memory-room.js";
import { OldInstances } from "./old-instances.js";
import type { SwapGround } from "./swap-ground.js";
import type { SwapOrder, SwapProgress, SwapResult, SwapStage } from "./swap-order.js";

/** How often who watches hears of the requests that are still running. */
const drainReportMs = 500;

/** One change of the file that serves under a model's name, while it is asked. */
export class ModelSwap {
  readonly #ground: SwapGround;
  readonly #order: SwapOrder;
  readonly #onProgress: (progress: SwapProgress) => void;
  readonly #startedMs = performance.now();
  #mode: SwapResult["mode"] | null = null;
  #stage: SwapStage = "checking";
  #fraction = 0;
  /** Neither the new file nor the old one could be loaded. */
  #isLost = false;

  constructor(ground: SwapGround, order: SwapOrder, onProgress: (progress: SwapProgress) => void) {
    this.#ground = ground;
    this.#order = order;
    this.#onProgress = onProgress;
  }

  get progress(): SwapProgress {
    return {
      fileName: this.#fileName,
      mode: this.#mode,
      stage: this.#stage,
      fraction: this.#fraction,
      leases: this.#ground.instances.leases,
      seconds: this.#seconds,
    };
  }

  /**
   * Resolves when the new file serves and the old one is freed, or is left to its last requests.
   *
   * @throws WeirError `swap_failed`: the old one goes on serving; `model_load_failed`: neither does, and the model is lost;
   * `shutting_down`
   */
  async run(): Promise<SwapResult> {
    const from = this.#ground.instances.present.length === 0 ? null : this.#oldName;
    const next = { ...this.#ground.options, ...this.#order.changes };
    try {
      this.#enter("checking");
      const beside = await this.#ground.loadTurn(() => this.#besideIfPossible(next));
      const keptBy = beside === null ? null : await this.#waitForOld(beside);
      if (beside === null) await this.#drainFirst(next, from !== null);
      const mode = beside === null ? "drain" : "beside";
      return { mode, from, to: this.#fileName, keptBy, seconds: this.#seconds };
    } catch (thrown) {
      if (this.#ground.closing.aborted) {
        throw new WeirError("shutting_down", "The server is shutting down: the swap has ended with it.");
      }
      if (this.#isLost) throw thrown;
      throw this.#refusal(messageOf(thrown), from, thrown);
    }
  }

  /** Null where the old one has to go first. What is freed at last is in an object of its own: nobody waits for it in the turn. */
  async #besideIfPossible(next: LoadOptions): Promise<OldInstances | null> {
    this.#mode = await this.#choose(next);
    return this.#mode === "beside" ? this.#beside(next) : null;
  }

  async #choose(next: LoadOptions): Promise<SwapResult["mode"]> {
    const { mode } = this.#order;
    const { estimate, refusal } = await this.#ground.plan(next);
    this.#requireKind(estimate);
    if (mode === "beside" && refusal !== null) throw new WeirError("context_failed", refusal);
    if (mode !== "drain" && refusal === null) return "beside";
    const freed = this.#ground.instances.present.flatMap(({ instance }) => instance.memory);
    const alone = shortageOf(estimate, { ...this.#ground.room(), freed });
    if (alone !== null) throw new WeirError("context_failed", alone);
    return "drain";
  }

  /** Clients of a model know what it does. */
  #requireKind({ pooling }: MemoryEstimate): void {
    const { facts } = this.#ground.instances;
    const kind = pooling === "none" ? "generation" : pooling === "rank" ? "rerank" : "embedding";
    if (facts === null || facts.kind === kind) return;
    throw new WeirError("invalid_value", `it is for ${kind}, and the model is for ${facts.kind}.`);
  }

  async #beside(next: LoadOptions): Promise<OldInstances> {
    const fresh = await this.#proved(next);
    this.#ground.adopt(next);
    const old = new OldInstances(this.#ground.instances, fresh);
    this.#ground.serve();
    return old;
  }

  /** The new one serves: what still runs on the old one, or hangs there, keeps its memory and not the swap. Returns which it is. */
  async #waitForOld(old: OldInstances): Promise<string | null> {
    const { freed } = old;
    const late = await this.#draining(endsWithin(freed, this.#order.drainMs)).then(
      (isFreed) => (isFreed ? null : old.keptBy),
      messageOf,
    );
    if (late !== null) this.#ground.leave(freed, late);
    return late;
  }

  /** Others may load while the old one's requests end, and not from when it is freed until the new one is there. */
  async #drainFirst(next: LoadOptions, hadOld: boolean): Promise<void> {
    await this.#ground.holdBack();
    await this.#requireIdle();
    await this.#ground.loadTurn(() => this.#exchange(next, hadOld));
  }

  async #exchange(next: LoadOptions, hadOld: boolean): Promise<void> {
    const { instances } = this.#ground;
    this.#requireOpen();
    try {
      await instances.clear();
      this.#requireOpen();
      const fresh = await this.#proved(next);
      this.#ground.adopt(next);
      for (const instance of fresh) instances.add(instance);
      this.#ground.serve();
    } catch (thrown) {
      if (!hadOld) this.#ground.release();
      else if (!this.#ground.closing.aborted) await this.#restore(thrown);
      throw thrown;
    }
  }

  /** @throws WeirError where answers that run do not end in time: the old one serves on */
  async #requireIdle(): Promise<void> {
    const { instances, closing } = this.#ground;
    const { drainMs } = this.#order;
    this.#requireOpen();
    const idle = Promise.all(instances.present.map((instance) => instance.idle()));
    const patience = AbortSignal.any([closing, AbortSignal.timeout(drainMs)]);
    const end = once(patience, "abort").then(() => "late" as const);
    if ((await this.#draining(Promise.race([idle, end]))) !== "late") return;
    const { leases } = instances;
    this.#ground.release();
    const many = leases === 1 ? "1 request was" : `${leases} requests were`;
    throw new WeirError(
      "queue_timeout",
      `${many} still running after ${drainMs / 1000} s: give them more time.`,
    );
  }

  /** A signal that is aborted already tells nobody. */
  #requireOpen(): void {
    if (this.#ground.closing.aborted) throw new WeirError("shutting_down", "The server is shutting down.");
  }

  /** The new one was of no use, and the old one had to go. */
  async #restore(reason: unknown): Promise<void> {
    this.#enter("restoring");
    const { instances, options } = this.#ground;
    try {
      const old = await this.#ground.start(options, { onProgress: (fraction) => this.#load(fraction) });
      for (const instance of old) instances.add(instance);
      this.#ground.serve();
    } catch (thrown) {
      if (this.#ground.closing.aborted) throw thrown;
      const text = `${this.#fileName} was not taken: ${messageOf(reason)} ${path.basename(options.modelPath)} could not be loaded again either: ${messageOf(thrown)}`;
      this.#isLost = true;
      this.#ground.lose(text);
      throw new WeirError("model_load_failed", text);
    }
  }

  /** The new instances, which have shown that they work. */
  async #proved(options: LoadOptions): Promise<readonly LeasedModel[]> {
    this.#enter("loading");
    const fresh = await this.#ground.start(options, { onProgress: (fraction) => this.#load(fraction) });
    try {
      for (const { instance } of fresh) {
        this.#requireWidth(instance);
        this.#enter("proving");
        await prove(instance, this.#ground.closing);
      }
      return fresh;
    } catch (thrown) {
      // One that hangs is left to itself.
      await endsWithin(Promise.all(fresh.map(({ instance }) => instance.close())), closingMs);
      throw thrown;
    }
  }

  /** Vectors of another width can't be compared with those that clients keep. */
  #requireWidth(instance: LeasedModel["instance"]): void {
    const width = this.#ground.instances.facts?.width ?? 0;
    if (instance.kind !== "embedding" || width === 0 || instance.width === width) return;
    throw new WeirError(
      "invalid_value",
      `its vectors have ${instance.width} values, and the model's ${width}.`,
    );
  }

  async #draining<Result>(end: Promise<Result>): Promise<Result> {
    this.#enter("draining");
    const reports = setInterval(() => this.#report(), drainReportMs);
    try {
      return await end;
    } finally {
      clearInterval(reports);
    }
  }

  #refusal(reason: string, from: string | null, cause: unknown): WeirError {
    const goesOn = from === null ? "The model is as it was." : `${from} goes on serving.`;
    const line = reason.replaceAll(/\s+/g, " ");
    const sentence = /[.!?]$/.test(line) ? line : `${line}.`;
    const text = `${this.#fileName} was not taken: ${sentence} ${goesOn}`;
    return new WeirError("swap_failed", text, { param: "model", cause });
  }

  get #fileName(): string {
    return path.basename(this.#order.changes.modelPath);
  }

  get #oldName(): string {
    return path.basename(this.#ground.options.modelPath);
  }

  get #seconds(): number {
    return Math.round(performance.now() - this.#startedMs) / 1000;
  }

  #load(fraction: number): void {
    const isNews = Math.floor(fraction * 100) > Math.floor(this.#fraction * 100);
    this.#fraction = fraction;
    if (isNews) this.#report();
  }

  #enter(stage: SwapStage): void {
    this.#stage = stage;
    this.#report();
  }

  #report(): void {
    this.#onProgress(this.progress);
  }
}
