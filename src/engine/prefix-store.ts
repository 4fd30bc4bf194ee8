import type { Backend } from "./backend.js";
import type { Holder, PrefixIndex } from "./prefix-index.js";
import type { IdleContent, SlotTable } from "./slot-table.js";

interface SavedPrefix {
  readonly bytes: number;
  readonly tokens: number;
}

/** Shorter prefixes are computed faster than they are looked after. */
const leastSavedTokens = 32;

/** Copies of slots' caches in host memory, for prefixes whose slots are needed by others; bounded, least recently used first. */
export class PrefixStore {
  readonly #backend: Backend;
  readonly #index: PrefixIndex;
  readonly #limitBytes: number;
  /** In the order of their last use, the longest ago first. */
  readonly #saved = new Map<Holder, SavedPrefix>();
  #bytes = 0;
  #msPerToken = 0;
  readonly #now: () => number;
  /** Holders of the index below the number of slots are slots. */
  #nextKey: Holder;

  /**
   * @param limitBytes 0 keeps nothing
   * @param now a clock in ms
   */
  constructor(backend: Backend, index: PrefixIndex, limitBytes: number, now: () => number) {
    this.#backend = backend;
    this.#index = index;
    this.#limitBytes = limitBytes;
    this.#now = now;
    this.#nextKey = backend.slots;
  }

  /** Host memory that the copies take. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#saved.size;
  }

  /** Whether an idle slot holds something that it was not given yet. */
  wants(table: SlotTable): boolean {
    return this.#limitBytes > 0 && table.unsaved(leastSavedTokens) !== null;
  }

  /** Tokens of the saved prefix; 0 where there is none. */
  tokens(key: Holder): number {
    return this.#saved.get(key)?.tokens ?? 0;
  }

  /**
   * Copies idle slots for `budgetMs`.
   *
   * @param longestMs a copy that would take longer, by the last one, is not begun, nor any after it
   */
  saveIdle(table: SlotTable, budgetMs: number, longestMs: number): void {
    if (this.#limitBytes === 0) return;
    const endMs = this.#now() + budgetMs;
    do {
      const content = table.unsaved(leastSavedTokens);
      if (content === null || this.#msPerToken * content.tokens.length > longestMs) return;
      this.#saveTimed(content);
      table.markSaveTried(content.slot);
    } while (this.#now() < endMs);
  }

  #saveTimed(content: IdleContent): void {
    const startedMs = this.#now();
    this.#save(content);
    this.#msPerToken = (this.#now() - startedMs) / content.tokens.length;
  }

  /** A copy that could not be restored is none. */
  forget(key: Holder): void {
    if (this.#saved.has(key)) this.#drop(key);
  }

  /** Keeps a copy of an idle slot, unless it is larger than the whole store or the machine has no memory for it. */
  #save({ slot, tenant, tokens }: IdleContent): void {
    const needed = this.#bytesOf(slot);
    if (needed > this.#limitBytes) return;
    this.#dropBeginnings(tenant, tokens);
    for (const oldest of this.#saved.keys()) {
      if (this.#bytes + needed <= this.#limitBytes) break;
      this.#drop(oldest);
    }
    const key = this.#nextKey++;
    const bytes = this.#copy(slot, key);
    if (bytes === null) return;
    this.#saved.set(key, { bytes, tokens: tokens.length });
    this.#bytes += bytes;
    this.#index.insert(key, tenant, tokens);
  }

  /** Makes the prefix the most recently used. */
  touch(key: Holder): void {
    const saved = this.#saved.get(key);
    if (saved === undefined) return;
    this.#saved.delete(key);
    this.#saved.set(key, saved);
  }

  /** Larger than any limit where llama.cpp can't tell. */
  #bytesOf(slot: number): number {
    try {
      return this.#backend.slotBytes(slot);
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  }

  /** A copy that fails is none: nobody's answer depends on it. */
  #copy(slot: number, key: Holder): number | null {
    try {
      return this.#backend.saveSlot(slot, key);
    } catch {
      return null;
    }
  }

  /** A conversation that went on makes the copies of its earlier turns useless. */
  #dropBeginnings(tenant: string, tokens: Int32Array): void {
    for (const { holder, tokens: shared } of [...this.#index.matches(tenant, tokens)]) {
      if (this.#saved.get(holder)?.tokens === shared) this.#drop(holder);
    }
  }

  #drop(key: Holder): void {
    this.#bytes -= this.#saved.get(key)?.bytes ?? 0;
    this.#saved.delete(key);
    this.#index.remove(key);
    this.#backend.dropSaved(key);
  }
}
