import type { InstanceSet, LeasedModel } from "./instance-set.js";

/** What has served until now, and goes away beside what serves. */
export class OldInstances {
  /** Resolves when all are freed; rejects where one is not. */
  readonly freed: Promise<void>;
  readonly #old: readonly LeasedModel[];

  constructor(instances: InstanceSet, fresh: readonly LeasedModel[]) {
    this.#old = instances.present;
    this.freed = instances.replaceBy(fresh);
  }

  /** Why they are not freed yet. */
  get keptBy(): string {
    const leases = this.#old.reduce((sum, one) => sum + one.leases, 0);
    if (leases === 0) return "its engine has not ended yet";
    return leases === 1 ? "1 request still runs on it" : `${leases} requests still run on it`;
  }
}
