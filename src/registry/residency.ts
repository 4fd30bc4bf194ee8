import { setImmediate } from "node:timers/promises";
import { messageOf, WeirError } from "../errors.js";
import type { HostedModel } from "./hosted-model.js";
import { defaultRetryMs } from "./load-failure.js";
import { LoadQueue } from "./load-queue.js";
import type { RegistryLog } from "./registry-log.js";

/** When a model is in memory. */
export interface ResidencePolicy {
  /** `start`: from the start on. `demand`: from the first request on that asks for it. */
  readonly load: "start" | "demand";
  /** It never goes to make room for another one. */
  readonly isPinned: boolean;
  /** It goes when nobody has asked for it this long, ms; 0: it does not. Those of the start stay. */
  readonly idleUnloadMs: number;
}

export interface ResidencyTimes {
  /** After a loading that failed, those who ask are told so for this long. */
  readonly retryMs: number;
  /** How often it is looked for models that nobody asks for. */
  readonly checkMs: number;
  /** How long a model waits for those that must go for it: as long as a request for its turn, unless it is told otherwise. */
  readonly roomMs: number;
}

export const defaultTimes: ResidencyTimes = { retryMs: defaultRetryMs, checkMs: 1_000, roomMs: 60_000 };

export interface ResidencyOptions {
  readonly log: RegistryLog;
  /** How many models may be loaded at the same time; 0: as many as fit. */
  readonly most: number;
  readonly times: ResidencyTimes;
}

interface Resident {
  readonly model: HostedModel;
  policy: ResidencePolicy;
  lastAskedMs: number;
  /** Since when there is too little memory for it, and by how much; null: it was not looked, or there was enough. */
  shortage: { readonly sinceMs: number; readonly reason: string } | null;
}

/** Which models are in memory: loads those that are asked for, and unloads the one that was least recently used for them. */
export class Residency {
  readonly #options: ResidencyOptions;
  readonly #residents = new Map<HostedModel, Resident>();
  readonly #closing = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #queue: LoadQueue<Resident>;

  constructor(options: ResidencyOptions) {
    this.#options = options;
    const hooks = {
      tryToLoad: (resident: Resident) => this.#tryToLoad(resident),
      change: (resident: Resident) => this.#change(this.#spare(resident.model)),
    };
    this.#queue = new LoadQueue(hooks, this.#closing.signal);
    this.#timer = setInterval(() => this.#unloadIdle(), options.times.checkMs);
    this.#timer.unref();
  }

  add(model: HostedModel, policy: ResidencePolicy): void {
    this.#residents.set(model, { model, policy, lastAskedMs: performance.now(), shortage: null });
  }

  setPolicy(model: HostedModel, policy: ResidencePolicy): void {
    const resident = this.#residents.get(model);
    if (resident !== undefined) resident.policy = policy;
  }

  /** Somebody asks for it: it is loaded where it is not. */
  ask(model: HostedModel): void {
    const resident = this.#residents.get(model);
    if (resident === undefined) return;
    resident.lastAskedMs = performance.now();
    if (model.state === "unloaded" && !this.#closing.signal.aborted) this.#queue.add(resident);
  }

  /** Nothing is loaded any more. */
  close(): void {
    this.#closing.abort();
    clearInterval(this.#timer);
  }

  /** False where it waits for those that must go for it. */
  async #tryToLoad(resident: Resident): Promise<boolean> {
    const { log } = this.#options;
    const { model } = resident;
    try {
      if (model.state === "unloaded") {
        if (!(await this.#makeRoom(resident))) return false;
        if (this.#closing.signal.aborted) return true;
        await model.load();
        log.info({ model: model.id }, "the model was asked for, and is loaded");
        // Those who waited for it take it before it may go for another.
        await setImmediate();
      }
    } catch (thrown) {
      if (this.#closing.signal.aborted) return true;
      const facts = { model: model.id, reason: messageOf(thrown) };
      log.error(facts, "the model was asked for, and could not be loaded");
      model.giveUp(thrown);
    }
    resident.shortage = null;
    return true;
  }

  /**
   * Unloads others, the least recently used first, none that is pinned or busy, until there is room. False where only busy ones are
   * left that could go.
   *
   * @throws WeirError where there would be none even then, or none has come in time
   */
  async #makeRoom(resident: Resident): Promise<boolean> {
    const { log, times } = this.#options;
    const { model } = resident;
    // Who waited takes what has become free before anything is planned again: it may not be so after that.
    let isPlanned = false;
    for (;;) {
      const victim = resident.shortage === null ? null : this.#victimFor(model);
      if (victim === null && isPlanned) break;
      if (victim !== null) {
        const facts = { model: victim.id, for: model.id, reason: resident.shortage?.reason };
        log.info(facts, "the model is unloaded to make room for another");
        await victim.unload();
      }
      isPlanned = true;
      if (await this.#hasRoom(resident)) return true;
      if (this.#closing.signal.aborted) return false;
    }
    const { sinceMs = 0, reason = "" } = resident.shortage ?? {};
    if (performance.now() - sinceMs <= times.roomMs) return false;
    const text = `${reason} All that could go was busy for ${times.roomMs / 1000} s.`;
    throw new WeirError("context_failed", text);
  }

  /** @throws WeirError where there would be none even if all that may go went */
  async #hasRoom(resident: Resident): Promise<boolean> {
    const reason = await this.#shortageOf(resident.model);
    if (reason === null) {
      resident.shortage = null;
      return true;
    }
    if (resident.shortage === null) await this.#requireSpare(resident.model, reason);
    resident.shortage = { sinceMs: resident.shortage?.sinceMs ?? performance.now(), reason };
    return false;
  }

  /** Others that may go for it, busy or not. */
  #spare(model: HostedModel): readonly Resident[] {
    return [...this.#residents.values()].filter(
      (other) => other.model !== model && other.model.loaded.length > 0 && !other.policy.isPinned,
    );
  }

  #victimFor(model: HostedModel): HostedModel | null {
    const [victim] = this.#spare(model)
      .filter((other) => !isBusy(other.model))
      .sort((a, b) => a.lastAskedMs - b.lastAskedMs);
    return victim?.model ?? null;
  }

  async #shortageOf(model: HostedModel): Promise<string | null> {
    return this.#tooMany(model) ?? (await model.shortage());
  }

  /** Nobody goes for a model that would not fit even if all went. */
  async #requireSpare(model: HostedModel, reason: string): Promise<void> {
    const spare = this.#spare(model);
    if (spare.length === 0) {
      // Memory may come back by itself; a place among `models-max` that a pinned model has does not.
      throw new WeirError(this.#tooMany(model) === null ? "context_failed" : "model_load_failed", reason);
    }
    const lasting = await model.shortage(spare.flatMap((other) => other.model.facts.memory));
    if (lasting !== null) throw new WeirError("context_failed", lasting);
  }

  #tooMany(model: HostedModel): string | null {
    const { most } = this.#options;
    const others = [...this.#residents.keys()].filter((other) => other !== model && other.loaded.length > 0);
    return most > 0 && others.length >= most
      ? `${others.length} models are loaded, and models-max is ${most}.`
      : null;
  }

  /** Resolves when one of them may have become free. */
  #change(others: readonly Resident[]): Promise<void> {
    const leased = others.filter(({ model }) => model.leases > 0);
    // Never where there are none: who waits looks again after a while.
    return Promise.race(leased.map(({ model }) => model.idle()));
  }

  #unloadIdle(): void {
    const nowMs = performance.now();
    for (const resident of this.#residents.values()) {
      const { model, policy } = resident;
      if (isBusy(model)) resident.lastAskedMs = nowMs;
      const isDue = policy.idleUnloadMs > 0 && nowMs - resident.lastAskedMs >= policy.idleUnloadMs;
      if (!isDue || policy.load === "start" || policy.isPinned || model.state !== "ready") continue;
      this.#options.log.info(
        { model: model.id, idleMs: policy.idleUnloadMs },
        "the model is unloaded: nobody asks",
      );
      model.unload().catch((thrown: unknown) => {
        this.#options.log.error(
          { model: model.id, reason: messageOf(thrown) },
          "the model could not be unloaded",
        );
      });
    }
  }
}

/** Somebody computes on it, or waits for its fresh engine, or it is about to change. */
function isBusy(model: HostedModel): boolean {
  return model.leases > 0 || model.swapProgress !== null || model.state !== "ready";
}
