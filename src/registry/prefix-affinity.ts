import type { LeasedInstance } from "./leased-instance.js";
import type { PrefixMarks } from "./prefix-marks.js";

/** Of all replicas together; a mark takes some 100 bytes. */
const mostMarks = 50_000;

/**
 * Which replica was asked what lately, so that the next turn of a conversation goes where its beginning is in the cache. It need
 * not be right: a replica that has lost the beginning computes it again.
 */
export class PrefixAffinity<Instance extends object> {
  /** The least recently used first. */
  readonly #holders = new Map<string, ReadonlySet<Instance>>();

  get size(): number {
    return this.#holders.size;
  }

  /** How many of the marks it was asked with. */
  depth(marks: PrefixMarks, instance: Instance): number {
    return marks.findLastIndex((mark) => this.#holders.get(mark)?.has(instance) ?? false) + 1;
  }

  note(marks: PrefixMarks, instance: Instance): void {
    for (const mark of marks) {
      const holders = this.#holders.get(mark) ?? new Set<Instance>();
      this.#holders.delete(mark);
      this.#holders.set(mark, holders.has(instance) ? holders : new Set([...holders, instance]));
    }
    for (const mark of this.#holders.keys()) {
      if (this.#holders.size <= mostMarks) break;
      this.#holders.delete(mark);
    }
  }

  /** It is gone, and its cache with it. */
  forget(instance: Instance): void {
    for (const [mark, holders] of this.#holders) {
      if (!holders.has(instance)) continue;
      const others = new Set([...holders].filter((one) => one !== instance));
      if (others.size === 0) this.#holders.delete(mark);
      else this.#holders.set(mark, others);
    }
  }
}

/** So many requests more than the least loaded one a replica may have, for the sake of what it holds. */
export const toleratedLead = 2;

/** Who holds most of the request's beginning, of those that are not far ahead in load; of several, the least loaded, the first. */
export function chooseReplica<Instance extends object>(
  candidates: readonly LeasedInstance<Instance>[],
  marks: PrefixMarks,
  affinity: PrefixAffinity<Instance>,
): LeasedInstance<Instance> | undefined {
  const least = Math.min(...candidates.map(({ leases }) => leases));
  let best: { readonly one: LeasedInstance<Instance>; readonly depth: number } | undefined;
  for (const one of candidates) {
    if (one.leases > least + toleratedLead) continue;
    const depth = affinity.depth(marks, one.instance);
    const isBetter =
      best === undefined || depth > best.depth || (depth === best.depth && one.leases < best.one.leases);
    if (isBetter) best = { one, depth };
  }
  return best?.one;
}
