import type { GenerationFailure } from "./generation.js";
import { refusedAtDrain, waitedTooLong } from "./generation-failure.js";
import type { Sequence } from "./sequence.js";

/** Who waits for a slot, in order of arrival, and for how long he may. */
export class WaitingList {
  #sequences: readonly Sequence[] = [];
  #isDraining = false;

  get size(): number {
    return this.#sequences.length;
  }

  /** As they are now: who leaves meanwhile is still in it. */
  get sequences(): readonly Sequence[] {
    return this.#sequences;
  }

  add(sequence: Sequence): void {
    this.#sequences = [...this.#sequences, sequence];
  }

  remove(sequence: Sequence): void {
    this.#sequences = this.#sequences.filter((waiting) => waiting !== sequence);
  }

  find(id: number): Sequence | undefined {
    return this.#sequences.find((sequence) => sequence.id === id);
  }

  /** From now on nobody who may be told to go waits for a slot. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Those who must not wait any more, if no slot is to be had, with what they are told. */
  refused(nowMs: number, hasIdleSlot: boolean): (readonly [Sequence, GenerationFailure])[] {
    return this.#sequences.flatMap((sequence) => {
      if (this.#isDraining && sequence.request.maxWaitMs !== null)
        return [[sequence, refusedAtDrain] as const];
      // Who waits for what another one computes gets one of the idle slots instead.
      return !hasIdleSlot && isOverdue(sequence, nowMs) ? [[sequence, waitedTooLong] as const] : [];
    });
  }
}

/** Whether it has waited as long as it may. */
export function isOverdue({ request: { maxWaitMs }, submittedMs }: Sequence, nowMs: number): boolean {
  return maxWaitMs !== null && nowMs - submittedMs >= maxWaitMs;
}
