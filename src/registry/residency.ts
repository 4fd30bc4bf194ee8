import { setImmediate } from "node:timers/promises";
import { messageOf } from "../errors.js";
import type { HostedModel } from "./hosted-model.js";
import { defaultRetryMs } from "./load-failure.js";
import { LoadQueue } from "./load-queue.js";
import { LoadRoom } from "./load-room.js";
import type { RegistryLog } from "./registry-log.js";
import { isBusy, type ResidencePolicy, type Resident } from "./resident.js";

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

/** Which models are in memory: loads those that are asked for, and unloads the one that was least recently used for them. */
export class Residency {
  readonly #options: ResidencyOptions;
  readonly #residents = new Map<HostedModel, Resident>();
  readonly #closing = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #queue: LoadQueue<Resident>;
  readonly #room: LoadRoom;
  /** Those that are waited for to be idle, once each. */
  readonly #watched = new Set<HostedModel>();

  constructor(options: ResidencyOptions) {
    this.#options = options;
    const hooks = {
      tryToLoad: (resident: Resident) => this.#tryToLoad(resident),
      watch: (resident: Resident) => this.#watch(resident),
    };
    const { log, most, times } = options;
    this.#room = new LoadRoom({ log, most, roomMs: times.roomMs }, () => this.#residents.values());
    this.#queue = new LoadQueue(hooks, this.#closing.signal);
    this.#timer = setInterval(() => this.#unloadIdle(), times.checkMs);
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

  /** Nothing is loaded until it is said otherwise: what is asked for meanwhile waits. */
  set isHeld(isHeld: boolean) {
    this.#queue.isHeld = isHeld;
  }

  /** Nothing is loaded any more. */
  close(): void {
    this.#closing.abort();
    clearInterval(this.#timer);
  }

  /** False where it waits for those that must go for it, or for the end of its own swap. */
  async #tryToLoad(resident: Resident): Promise<boolean> {
    const { model } = resident;
    try {
      if (model.state === "unloaded" && !(await this.#load(resident))) return false;
    } catch (thrown) {
      if (this.#closing.signal.aborted) return true;
      const facts = { model: model.id, reason: messageOf(thrown) };
      this.#options.log.error(facts, "the model was asked for, and could not be loaded");
      model.giveUp(thrown);
    }
    resident.shortage = null;
    return true;
  }

  async #load(resident: Resident): Promise<boolean> {
    const { log } = this.#options;
    const { model } = resident;
    const room = await this.#room.make(resident, this.#closing.signal);
    if (room !== "free") return room === "unwanted";
    try {
      await model.load({ mayWait: true });
    } catch (thrown) {
      if (model.state !== "unloaded") throw thrown;
      // A swap has taken the room that was made.
      this.#room.wait(resident, messageOf(thrown));
      return false;
    }
    log.info({ model: model.id }, "the model was asked for, and is loaded");
    // Those who waited for it take it before it may go for another.
    await setImmediate();
    return true;
  }

  /** Has all that wait looked at when one of those that could go for this one has become free. */
  #watch({ model }: Resident): void {
    const others = this.#room.spare(model).map((other) => other.model);
    const busy = others.filter(({ leases }) => leases > 0);
    // Nobody tells where there are none: who waits looks again after a while.
    for (const one of model.swapProgress === null ? busy : [model, ...busy]) {
      if (this.#watched.has(one)) continue;
      this.#watched.add(one);
      void one.idle().then(() => {
        this.#watched.delete(one);
        this.#queue.look();
      });
    }
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
