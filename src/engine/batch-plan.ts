/**
 * What a row may have in place of a sampler: nothing comes of it; it fills a hole and is removed after the pass; its logits
 * are computed and not sampled (for benches and tests); it is padding whose logits are computed too. native/src/plan.h holds
 * the other side of this layout.
 */
export const rowMark = { noSampler: -1, padding: -2, unsampled: -3, paddingOutput: -4 } as const;

/** The mark of a prompt's row whose logits say how likely the prompt's next token was; `sampler` is the sequence's. */
export function scoredBy(sampler: number): number {
  return -5 - sampler;
}

const headerSize = 3;
const operationSize = 3;
const rowSize = 4;
const operationKind = { remove: 0, copy: 1, restore: 2 } as const;

/**
 * What one step does, in one Int32Array: sequence operations, then the rows of the decode pass, then those of the prompt
 * pass. It is built in that order, and reused from step to step.
 */
export class BatchPlan {
  #cells = new Int32Array(1024);
  #length = headerSize;
  /** What was appended last: 0 operations, 1 decode rows, 2 prompt rows. */
  #section: 0 | 1 | 2 = 0;
  #hasCopies = false;
  #hasRestores = false;

  clear(): void {
    this.#section = 0;
    this.#hasCopies = false;
    this.#hasRestores = false;
    this.#length = headerSize;
    this.#cells.fill(0, 0, headerSize);
  }

  get operations(): number {
    return this.#cells[0] ?? 0;
  }

  get decodeRows(): number {
    return this.#cells[1] ?? 0;
  }

  get promptRows(): number {
    return this.#cells[2] ?? 0;
  }

  get isEmpty(): boolean {
    return this.#length === headerSize;
  }

  /** Forgets the slot's tokens from `position` on. */
  remove(slot: number, position: number): void {
    this.#append(0, operationSize, [operationKind.remove, slot, position]);
  }

  /** Makes `to` hold what `from` holds; what `to` held is lost. */
  copy(from: number, to: number): void {
    this.#hasCopies = true;
    this.#append(0, operationSize, [operationKind.copy, from, to]);
  }

  /** Whether a restore can't be added any more: llama.cpp copies when it computes, and restores at once. */
  get hasCopies(): boolean {
    return this.#hasCopies;
  }

  /** Whether the plan copies or restores anything. */
  get hasMovedCaches(): boolean {
    return this.#hasCopies || this.#hasRestores;
  }

  /** Makes the slot hold what was saved under `key`; what it held is lost. Not after a copy. */
  restore(key: number, slot: number): void {
    this.#hasRestores = true;
    this.#append(0, operationSize, [operationKind.restore, key, slot]);
  }

  /** `sampler` is a sampler's number, or one of `rowMark`; in a prompt's row `scoredBy()` too. */
  decodeRow(token: number, position: number, slot: number, sampler: number): void {
    this.#append(1, rowSize, [token, position, slot, sampler]);
  }

  promptRow(token: number, position: number, slot: number, sampler: number): void {
    this.#append(2, rowSize, [token, position, slot, sampler]);
  }

  /** Takes the rows of the prompt pass out again. */
  dropPrompts(): void {
    this.#length -= this.promptRows * rowSize;
    this.#cells[2] = 0;
  }

  /** The plan as native/src/plan.h reads it; valid until the plan changes. */
  cells(): Int32Array {
    return this.#cells.subarray(0, this.#length);
  }

  #append(counter: 0 | 1 | 2, size: number, values: readonly number[]): void {
    if (counter < this.#section)
      throw new Error("a plan is built in order: operations, decode rows, prompt rows");
    this.#section = counter;
    if (this.#length + size > this.#cells.length) {
      const larger = new Int32Array(this.#cells.length * 2);
      larger.set(this.#cells);
      this.#cells = larger;
    }
    this.#cells.set(values, this.#length);
    this.#cells[counter] = (this.#cells[counter] ?? 0) + 1;
    this.#length += size;
  }
}
