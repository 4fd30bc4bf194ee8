import type { Lease } from "./served-model.js";

/** A loaded instance with the requests that compute on it: it goes away when the last of them has left. */
export class LeasedInstance<Instance> {
  readonly instance: Instance;
  #leases = 0;
  #isRetired = false;
  #onIdle: (() => void) | null = null;

  constructor(instance: Instance) {
    this.instance = instance;
  }

  get leases(): number {
    return this.#leases;
  }

  /** @throws Error of an instance that is going away: a defect */
  lease(): Lease<Instance> {
    if (this.#isRetired) throw new Error("an instance that is going away takes no more leases");
    this.#leases++;
    let isOut = true;
    return {
      instance: this.instance,
      release: () => {
        if (!isOut) return;
        isOut = false;
        this.#leases--;
        if (this.#leases === 0) this.#onIdle?.();
      },
    };
  }

  /** Takes no more leases; resolves when the last one is back. Called once. */
  retire(): Promise<void> {
    this.#isRetired = true;
    if (this.#leases === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }
}

/** Who has the fewest; the first of those that have as many. */
export function leastLeased<Instance>(
  candidates: readonly LeasedInstance<Instance>[],
): LeasedInstance<Instance> | undefined {
  return candidates.reduce<LeasedInstance<Instance> | undefined>(
    (best, one) => (best === undefined || one.leases < best.leases ? one : best),
    undefined,
  );
}
