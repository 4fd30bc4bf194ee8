import type { Lease } from "./served-model.js";

/** A loaded instance with the requests that compute on it: it may go away when the last of them has left. */
export class LeasedInstance<Instance> {
  readonly instance: Instance;
  #leases = 0;
  /** Of all who wait for the last lease that is out; null where nobody does. */
  #idle: Promise<void> | null = null;
  #tellIdle = (): void => {};

  constructor(instance: Instance) {
    this.instance = instance;
  }

  get leases(): number {
    return this.#leases;
  }

  lease(): Lease<Instance> {
    this.#leases++;
    let isOut = true;
    return {
      instance: this.instance,
      release: () => {
        if (!isOut) return;
        isOut = false;
        this.#leases--;
        if (this.#leases > 0) return;
        this.#idle = null;
        this.#tellIdle();
      },
    };
  }

  /** Resolves when the last lease is back; at once where none is out. */
  idle(): Promise<void> {
    if (this.#leases === 0) return Promise.resolve();
    this.#idle ??= new Promise((resolve) => {
      this.#tellIdle = resolve;
    });
    return this.#idle;
  }
}
