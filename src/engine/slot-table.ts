import type { Sequence } from "./sequence.js";
import type { SlotStatus } from "./stats.js";

/** One KV-cache slot: who runs in it, or what a finished request left there. */
interface Slot {
  sequence: Sequence | null;
  /** What an idle slot's cache holds: the first `cachedTokens` of `tokens`. */
  tokens: Int32Array;
  cachedTokens: number;
  /** A counter that grows with every use; the smallest is the least recently used. */
  lastUse: number;
}

const noTokens = new Int32Array(0);

/** Which slot runs which sequence, and which prefix each idle slot still holds. */
export class SlotTable {
  readonly #slots: Slot[];
  #uses = 0;

  constructor(slots: number) {
    this.#slots = Array.from({ length: slots }, () => ({
      sequence: null,
      tokens: noTokens,
      cachedTokens: 0,
      lastUse: 0,
    }));
  }

  get size(): number {
    return this.#slots.length;
  }

  sequenceIn(slot: number): Sequence | null {
    return this.#at(slot).sequence;
  }

  /** Tokens in the slot's KV cache, whoever owns them. */
  cachedTokens(slot: number): number {
    const { sequence, cachedTokens } = this.#at(slot);
    return sequence === null ? cachedTokens : sequence.computed;
  }

  /**
   * The idle slot for a prompt, and how many of the prompt's first tokens it holds.
   *
   * The longest match wins where it is half of the prompt, or saves at least as much as it destroys; otherwise the prompt
   * is new to this server, and goes to the lowest slot that holds nothing, then to the least recently used one. At least
   * one token is left to compute, since its logits are needed.
   */
  choose(prompt: Int32Array): { readonly slot: number; readonly reuse: number } | null {
    let best = -1;
    let bestReuse = 0;
    let victim = -1;
    for (const [index, slot] of this.#slots.entries()) {
      if (slot.sequence !== null) continue;
      const reuse = commonPrefix(prompt, slot);
      if (reuse > bestReuse && 2 * reuse >= Math.min(prompt.length, slot.cachedTokens)) {
        best = index;
        bestReuse = reuse;
      }
      if (victim === -1 || isBetterVictim(slot, this.#at(victim))) victim = index;
    }
    if (best !== -1) return { slot: best, reuse: bestReuse };
    return victim === -1 ? null : { slot: victim, reuse: commonPrefix(prompt, this.#at(victim)) };
  }

  occupy(slot: number, sequence: Sequence): void {
    const entry = this.#at(slot);
    if (entry.sequence !== null) throw new Error(`slot ${slot} is busy with sequence ${entry.sequence.id}`);
    entry.sequence = sequence;
    entry.tokens = noTokens;
    entry.cachedTokens = 0;
  }

  /** The request has ended; the slot keeps its tokens for the next one. */
  release(slot: number): void {
    const entry = this.#at(slot);
    if (entry.sequence === null) throw new Error(`slot ${slot} is idle already`);
    entry.tokens = entry.sequence.tokens;
    entry.cachedTokens = entry.sequence.computed;
    entry.lastUse = ++this.#uses;
    entry.sequence = null;
  }

  /** Cuts what an idle slot holds. */
  truncate(slot: number, cachedTokens: number): void {
    const entry = this.#at(slot);
    entry.cachedTokens = Math.min(entry.cachedTokens, cachedTokens);
  }

  /** The sequence of `from` runs on in the idle slot `to`; `from` keeps what it has computed so far. */
  move(from: number, to: number): void {
    const { sequence } = this.#at(from);
    if (sequence === null) throw new Error(`slot ${from} is idle`);
    this.release(from);
    this.#at(from).tokens = sequence.tokens.slice(0, sequence.computed);
    this.occupy(to, sequence);
    sequence.slot = to;
  }

  /** Sequences in increasing order of their slots. */
  running(): Sequence[] {
    return this.#slots.flatMap(({ sequence }) => (sequence === null ? [] : [sequence]));
  }

  status(): SlotStatus[] {
    return this.#slots.map(({ sequence }, slot) => ({
      slot,
      state: sequence === null ? "idle" : sequence.pending > 1 ? "prompt" : "decode",
      cachedTokens: this.cachedTokens(slot),
    }));
  }

  #at(slot: number): Slot {
    const entry = this.#slots[slot];
    if (entry === undefined) throw new RangeError(`slot ${slot} is outside 0..${this.#slots.length - 1}`);
    return entry;
  }
}

/** Empty before full, then the least recently used; the lower index wins a tie, so that slots fill from below. */
function isBetterVictim(slot: Slot, than: Slot): boolean {
  const empty = slot.cachedTokens === 0;
  if (empty !== (than.cachedTokens === 0)) return empty;
  return !empty && slot.lastUse < than.lastUse;
}

function commonPrefix(prompt: Int32Array, slot: Slot): number {
  const limit = Math.min(prompt.length - 1, slot.cachedTokens);
  let length = 0;
  while (length < limit && prompt[length] === slot.tokens[length]) length++;
  return length;
}
