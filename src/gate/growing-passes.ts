import type { Flow } from "./flow.js";

interface Growing {
  readonly flow: Flow;
  readonly take: () => void;
}

/** Those that are in, and want more places, in the order of their turns. */
export class GrowingPasses {
  readonly #growing = new Map<object, Growing>();

  /** @param take is called when a place is theirs, and takes it; null: they want none any more */
  set(holder: object, flow: Flow, take: (() => void) | null): void {
    if (take === null) this.#growing.delete(holder);
    else this.#growing.set(holder, { flow, take });
  }

  /** Offers a free place to the first whose turn it is. Whether it was taken; who does not take it is not asked again. */
  offer(isTurnOf: (flow: Flow) => boolean, busy: () => number): boolean {
    for (const [holder, growing] of this.#growing) {
      if (!isTurnOf(growing.flow)) continue;
      const before = busy();
      this.#growing.delete(holder);
      this.#growing.set(holder, growing);
      growing.take();
      if (busy() > before) return true;
      this.#growing.delete(holder);
    }
    return false;
  }
}
