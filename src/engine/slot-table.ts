import type { GenerationRequest } from "./generation.js";
import type { PrefixIndex } from "./prefix-index.js";
import type { Sequence } from "./sequence.js";
import type { SlotStatus } from "./stats.js";

/** One KV-cache slot: who runs in it, or what a finished request left there. */
interface Slot {
  sequence: Sequence | null;
  /** What an idle slot's cache holds. */
  tokens: Int32Array;
  /** Whose tokens they are. */
  tenant: string;
  /** Which conversation of the tenant they are of; the empty text where that is not known. */
  conversation: string;
  /** A counter that grows with every use; the smallest is the least recently used. */
  lastUse: number;
  /**
   * Whether the prefix store was given `tokens`, kept them or not. It stays so when the store drops its copy: two slots that do not
   * fit together would evict each other for ever.
   */
  isSaveTried: boolean;
}

export interface IdleContent {
  readonly slot: number;
  readonly tenant: string;
  readonly tokens: Int32Array;
}

const noTokens = new Int32Array(0);

/** Which slot runs which sequence, and which prefix each idle slot still holds. Keeps its part of the prefix index. */
export class SlotTable {
  readonly #slots: Slot[];
  readonly #index: PrefixIndex;
  #uses = 0;

  /** @param index in which slot n is holder n */
  constructor(slots: number, index: PrefixIndex) {
    this.#index = index;
    this.#slots = Array.from({ length: slots }, () => ({
      sequence: null,
      tokens: noTokens,
      tenant: "",
      conversation: "",
      lastUse: 0,
      isSaveTried: false,
    }));
  }

  get size(): number {
    return this.#slots.length;
  }

  get hasIdle(): boolean {
    return this.#slots.some(({ sequence }) => sequence === null);
  }

  sequenceIn(slot: number): Sequence | null {
    return this.#at(slot).sequence;
  }

  /** Tokens in the slot's KV cache, whoever owns them. */
  cachedTokens(slot: number): number {
    const { sequence, tokens } = this.#at(slot);
    return sequence === null ? tokens.length : sequence.computed;
  }

  /**
   * The lowest empty slot; then the one that the same conversation has left; then the least recently used of those whose
   * tokens others hold too; then that of all.
   */
  victim(except: number, request: GenerationRequest): number | null {
    let best: { readonly slot: number; readonly rank: number; readonly lastUse: number } | null = null;
    for (const [slot, { sequence, tokens, lastUse }] of this.#slots.entries()) {
      if (sequence !== null || slot === except) continue;
      if (tokens.length === 0) return slot;
      const rank = this.#index.uniqueTokens(slot) === 0 ? 0 : 1;
      if (best === null || rank < best.rank || (rank === best.rank && lastUse < best.lastUse))
        best = { slot, rank, lastUse };
    }
    if (best === null) return null;
    const left = this.#leftBy(request);
    return left === null || left === except ? best.slot : left;
  }

  /** The idle slot that nobody used after this conversation; null where it has several: then they may be different ones. */
  #leftBy({ tenant, conversation }: GenerationRequest): number | null {
    if (conversation === "") return null;
    const slots = [...this.#slots.entries()].filter(
      ([, slot]) => slot.conversation === conversation && slot.tenant === tenant,
    );
    const [only] = slots;
    return only !== undefined && slots.length === 1 && only[1].sequence === null ? only[0] : null;
  }

  occupy(slot: number, sequence: Sequence): void {
    const entry = this.#at(slot);
    if (entry.sequence !== null) throw new Error(`slot ${slot} is busy with sequence ${entry.sequence.id}`);
    entry.sequence = sequence;
    entry.isSaveTried = false;
    entry.conversation = sequence.request.conversation;
    this.#hold(slot, sequence.request.tenant, noTokens);
    this.#index.insert(slot, sequence.request.tenant, sequence.request.promptTokens);
  }

  /** The request has ended; the slot keeps its tokens for the next one. */
  release(slot: number): void {
    const entry = this.#at(slot);
    const { sequence } = entry;
    if (sequence === null) throw new Error(`slot ${slot} is idle already`);
    entry.sequence = null;
    entry.lastUse = ++this.#uses;
    this.#hold(slot, sequence.request.tenant, sequence.tokens.slice(0, sequence.computed));
  }

  /** Cuts what an idle slot holds. */
  truncate(slot: number, cachedTokens: number): void {
    const { tenant, tokens } = this.#at(slot);
    this.#hold(slot, tenant, tokens.slice(0, cachedTokens));
  }

  /** A request takes a prefix from the idle slot, which stays as it is. */
  touch(slot: number): void {
    this.#at(slot).lastUse = ++this.#uses;
  }

  /** The sequence of `from` runs on in the idle slot `to`; `from` keeps what it has computed so far. */
  move(from: number, to: number): void {
    const { sequence } = this.#at(from);
    if (sequence === null) throw new Error(`slot ${from} is idle`);
    this.release(from);
    // Half of an answer that goes on elsewhere: what it becomes is saved when it ends.
    this.markSaveTried(from);
    this.#at(from).conversation = "";
    this.occupy(to, sequence);
    sequence.slot = to;
  }

  /** Sequences in increasing order of their slots. */
  running(): Sequence[] {
    return this.#slots.flatMap(({ sequence }) => (sequence === null ? [] : [sequence]));
  }

  /** The least recently used idle slot with at least so many tokens of which no copy was saved. */
  unsaved(leastTokens: number): IdleContent | null {
    let best = -1;
    for (const [slot, { sequence, tokens, lastUse, isSaveTried }] of this.#slots.entries()) {
      if (sequence !== null || isSaveTried || tokens.length < leastTokens) continue;
      if (best === -1 || lastUse < this.#at(best).lastUse) best = slot;
    }
    if (best === -1) return null;
    const { tenant, tokens } = this.#at(best);
    return { slot: best, tenant, tokens };
  }

  markSaveTried(slot: number): void {
    this.#at(slot).isSaveTried = true;
  }

  status(): SlotStatus[] {
    return this.#slots.map(({ sequence }, slot) => ({
      slot,
      state: sequence === null ? "idle" : sequence.pending > 1 ? "prompt" : "decode",
      cachedTokens: this.cachedTokens(slot),
      request: sequence === null ? null : sequence.status(),
    }));
  }

  #hold(slot: number, tenant: string, tokens: Int32Array): void {
    const entry = this.#at(slot);
    if (tokens.length !== entry.tokens.length) entry.isSaveTried = false;
    entry.tenant = tenant;
    entry.tokens = tokens;
    this.#index.insert(slot, tenant, tokens);
  }

  #at(slot: number): Slot {
    const entry = this.#slots[slot];
    if (entry === undefined) throw new RangeError(`slot ${slot} is outside 0..${this.#slots.length - 1}`);
    return entry;
  }
}
