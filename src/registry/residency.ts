import { setTimeout as delay } from "node:timers/promises";
import { messageOf, WeirError } from "../errors.js";
import type { HostedModel } from "./hosted-model.js";
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

export interface ResidencyOptions {
  readonly log: RegistryLog;
  /** How many models may be loaded at the same time; 0: as many as fit. */
  readonly most: number;
  /** ms, for tests. */
  readonly retryMs?: number;
  readonly checkMs?: number;
  readonly roomMs?: number;
}

interface Resident {
  readonly model: HostedModel;
  policy: ResidencePolicy;
  lastAskedMs: number;
}

/** After a loading that failed, those who ask are told so for this long; who asks then has it tried again. */
const defaultRetryMs = 10_000;
const defaultCheckMs = 1_000;
/** How long a model waits for those that must go for it: as long as a request for its turn, unless it is told otherwise. */
const defaultRoomMs = 60_000;
const lookMs = 1_000;

/** Which models are in memory: loads those that are asked for, and unloads the one that was least recently used for them. */
export class Residency {
  readonly #options: ResidencyOptions;
  readonly #residents = new Map<HostedModel, Resident>();
  readonly #closing = new AbortController();
  readonly #timer: NodeJS.Timeout;
  /** One at a time: two that load do not know of each other's memory. */
  #loads: Promise<void> = Promise.resolve();
  readonly #asked = new Set<HostedModel>();

  constructor(options: ResidencyOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#unloadIdle(), options.checkMs ?? defaultCheckMs);
    this.#timer.unref();
  }

  add(model: HostedModel, policy: ResidencePolicy): void {
    this.#residents.set(model, { model, policy, lastAskedMs: performance.now() });
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
    if (model.state !== "unloaded" || this.#asked.has(model) || this.#closing.signal.aborted) return;
    this.#asked.add(model);
    this.#loads = this.#loads.then(() => this.#load(resident)).finally(() => this.#asked.delete(model));
  }

  /** Nothing is loaded any more. */
  close(): void {
    this.#closing.abort();
    clearInterval(this.#timer);
  }

  async #load({ model }: Resident): Promise<void> {
    const { log, retryMs = defaultRetryMs } = this.#options;
    try {
      await this.#makeRoom(model);
      if (this.#closing.signal.aborted) return;
      await model.load();
      log.info({ model: model.id }, "the model was asked for, and is loaded");
    } catch (thrown) {
      if (this.#closing.signal.aborted) return;
      log.error(
        { model: model.id, reason: messageOf(thrown) },
        "the model was asked for, and could not be loaded",
      );
      model.giveUp();
      setTimeout(() => model.forgive(), retryMs).unref();
    }
  }

  /**
   * Unloads others, the least recently used first, none that is pinned or busy, until there is room; waits for the busy ones.
   *
   * @throws WeirError `context_failed` where there would be none even then, or none came in time
   */
  async #makeRoom(model: HostedModel): Promise<void> {
    const { log, roomMs = defaultRoomMs } = this.#options;
    const deadlineMs = performance.now() + roomMs;
    let reason = await this.#shortageOf(model);
    if (reason !== null) await this.#requireSpare(model, reason);
    while (reason !== null && !this.#closing.signal.aborted) {
      // Before anything is planned again: who is free now may not be so after that.
      const victim = this.#victimFor(model);
      if (victim !== null) {
        log.info(
          { model: victim.id, for: model.id, reason },
          "the model is unloaded to make room for another",
        );
        await victim.unload();
      } else if (performance.now() > deadlineMs) {
        throw new WeirError("context_failed", `${reason} All that could go was busy for ${roomMs / 1000} s.`);
      } else {
        await this.#someChange(this.#spare(model));
        if (this.#victimFor(model) !== null) continue;
      }
      reason = await this.#shortageOf(model);
    }
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
    if (spare.length === 0) throw new WeirError("context_failed", reason);
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

  /** Resolves when one of them may have become free. What nobody tells is looked at every second. */
  async #someChange(others: readonly Resident[]): Promise<void> {
    const patience = delay(lookMs, undefined, { signal: this.#closing.signal }).catch(() => {});
    const leased = others.filter(({ model }) => model.leases > 0);
    await Promise.race([patience, ...leased.map(({ model }) => model.idle())]);
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
