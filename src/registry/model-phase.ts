import type { InstanceSet, LeasedModel } from "./instance-set.js";
import type { LoadFailure } from "./load-failure.js";
import type { ServedState } from "./served-model.js";

/** What was last done with a model. While it is `loaded`, its instances say more. */
export type Phase = Exclude<ServedState, "ready" | "unhealthy" | "failed"> | "loaded";

/** What a model is doing, and what that makes of it for who asks. Everybody who listens to the instances is told of a change. */
export class ModelPhase {
  readonly #instances: InstanceSet;
  readonly #isDead: (instance: LeasedModel) => boolean;
  readonly #retryMs: number;
  #phase: Phase = "unloaded";
  /** Not null where the phase has come of it. */
  #failure: LoadFailure | null = null;
  /** Before it was held back. */
  #before: Phase = "unloaded";

  /** @param retryMs after a failure, the time until it is tried again */
  constructor(instances: InstanceSet, isDead: (instance: LeasedModel) => boolean, retryMs: number) {
    this.#instances = instances;
    this.#isDead = isDead;
    this.#retryMs = retryMs;
  }

  get state(): ServedState {
    if (this.#failure !== null) return "failed";
    if (this.#phase !== "loaded") return this.#phase;
    const { present } = this.#instances;
    if (present.every((instance) => this.#isDead(instance))) return "failed";
    return present.some(({ instance }) => instance.isHealthy) ? "ready" : "unhealthy";
  }

  get failure(): LoadFailure | null {
    return this.#failure;
  }

  /** Nothing is held back from then on. */
  enter(phase: Phase): void {
    this.#set(phase, null);
  }

  /** It can't be loaded: who waits is told so. After a while who asks for it has it tried again. */
  fail(kind: LoadFailure["kind"]): void {
    const failure = { kind, untilMs: performance.now() + this.#retryMs };
    const forgive = (): void => {
      if (this.#failure === failure) this.enter("unloaded");
    };
    setTimeout(forgive, this.#retryMs).unref();
    this.#set("unloaded", failure);
  }

  /** Its requests wait, whatever is present. */
  holdBack(): void {
    this.#before = this.#phase;
    this.#phase = "swapping";
    this.#failure = null;
    this.#instances.isHeldBack = true;
  }

  /** As it was before that. */
  release(): void {
    this.enter(this.#before);
  }

  #set(phase: Phase, failure: LoadFailure | null): void {
    this.#phase = phase;
    this.#failure = failure;
    // Which tells everybody, too.
    this.#instances.isHeldBack = false;
  }
}
