import type { Holder, PrefixIndex } from "./prefix-index.js";
import type { PrefixStore } from "./prefix-store.js";
import type { Sequence } from "./sequence.js";
import type { SlotTable } from "./slot-table.js";

/** How a waiting request gets a slot. `reuse`: how many of its first tokens need not be computed. */
export type SlotChoice =
  /** The slot holds them itself. */
  | { readonly kind: "take"; readonly slot: number; readonly reuse: number }
  /** Another slot holds them, idle or running, and keeps them. */
  | { readonly kind: "copy"; readonly slot: number; readonly reuse: number; readonly from: number }
  /** They are in host memory. */
  | { readonly kind: "restore"; readonly slot: number; readonly reuse: number; readonly key: Holder }
  /** Somebody is just computing them. */
  | { readonly kind: "wait" };

export interface Holders {
  readonly index: PrefixIndex;
  readonly table: SlotTable;
  readonly store: PrefixStore;
}

/** Shorter beginnings are neither copied nor waited for: most prompts share the first few tokens of the chat template. */
const leastSharedTokens = 16;

/** What can be had of a prompt's beginning, and from whom. */
interface Offers {
  readonly reuse: ReadonlyMap<Holder, number>;
  /** The most that anybody holds now. */
  readonly best: { readonly holder: Holder; readonly reuse: number };
  /** The most that an idle slot holds, where that is half of the prompt or half of what it holds. */
  readonly own: { readonly slot: number; readonly reuse: number };
  /** The most that a running request will hold once its prompt is computed. */
  readonly promised: number;
}

/**
 * The slot for a request; null where none is idle. At least one token of the prompt is left to compute, since its logits are
 * needed.
 *
 * @param copyTokens how many tokens are computed in the time that a copy of a slot takes
 * @param mayWait whether there is time to wait for tokens that somebody else is computing
 */
export function chooseSlot(
  holders: Holders,
  sequence: Sequence,
  copyTokens: number,
  mayWait: boolean,
): SlotChoice | null {
  const { table } = holders;
  if (!table.hasIdle) return null;
  const { reuse, best, own, promised } = offersTo(holders, sequence);
  const worthwhile = Math.max(copyTokens, leastSharedTokens);
  if (mayWait && promised - best.reuse > worthwhile) return { kind: "wait" };
  const victim = table.victim(best.holder, sequence.request);
  if (own.reuse > 0 && own.reuse + worthwhile >= best.reuse) {
    // Taking a slot over loses what it holds beyond the match. A copy into an empty slot loses nothing.
    const lost = table.cachedTokens(own.slot) - own.reuse;
    const spare = victim !== null && table.cachedTokens(victim) === 0;
    if (!spare || lost <= leastSharedTokens) return { kind: "take", ...own };
    if (own.reuse <= worthwhile) return { kind: "take", slot: victim, reuse: 0 };
    return { kind: "copy", slot: victim, reuse: own.reuse, from: own.slot };
  }
  if (victim === null) return { kind: "take", slot: best.holder, reuse: best.reuse };
  const kept = reuse.get(victim) ?? 0;
  if (best.reuse - kept <= worthwhile) return { kind: "take", slot: victim, reuse: kept };
  if (best.holder < table.size) return { kind: "copy", slot: victim, reuse: best.reuse, from: best.holder };
  return { kind: "restore", slot: victim, reuse: best.reuse, key: best.holder };
}

function offersTo({ index, table, store }: Holders, { request }: Sequence): Offers {
  const { promptTokens, tenant, sampling } = request;
  const reuse = new Map<Holder, number>();
  let best = { holder: -1, reuse: 0 };
  let own = { slot: -1, reuse: 0 };
  let promised = 0;
  // A token is scored from the row before it, which a cache does not have.
  if (sampling.scoresPrompt) return { reuse, best, own, promised };
  for (const { holder, tokens } of index.matches(tenant, promptTokens)) {
    const shared = Math.min(tokens, promptTokens.length - 1);
    const isSlot = holder < table.size;
    const held = isSlot ? table.cachedTokens(holder) : store.tokens(holder);
    const now = Math.min(shared, held);
    reuse.set(holder, now);
    if (now > best.reuse) best = { holder, reuse: now };
    if (isSlot && table.sequenceIn(holder) !== null) promised = Math.max(promised, shared);
    else if (isSlot && now > own.reuse && 2 * now >= Math.min(promptTokens.length, held))
      own = { slot: holder, reuse: now };
  }
  return { reuse, best, own, promised };
}
