import type { Sequence } from "./sequence.js";
import type { SlotTable } from "./slot-table.js";

/** Holes that are padded rather than closed: a padding row costs a row in every step, a move one copy of a slot. */
const paddedHoles = (decodeRows: number): number => Math.max(2, Math.floor(decodeRows / 4));

/**
 * Moves decoding sequences from the highest slots into idle slots below, until few enough holes are left to pad.
 *
 * llama.cpp puts only rows of consecutive slots into one graph: 30 rows on every second of 60 slots take three times as
 * long as 30 rows side by side (docs/decisions/0003). Moving from the top always narrows the range.
 *
 * @param decodes sequences in increasing order of their slots; still so afterwards
 * @param onMove called for every move, in order
 */
export function closeHoles(
  table: SlotTable,
  decodes: Sequence[],
  onMove: (from: number, to: number) => void,
): void {
  for (;;) {
    const lowest = decodes[0];
    const highest = decodes.at(-1);
    if (lowest === undefined || highest === undefined) return;
    const holes = highest.slot - lowest.slot + 1 - decodes.length;
    if (holes <= paddedHoles(decodes.length)) return;
    const target = cheapestHole(table, lowest.slot, highest.slot);
    if (target === -1) return; // every hole is a slot whose prompt is being computed
    onMove(highest.slot, target);
    table.move(highest.slot, target);
    decodes.sort((a, b) => a.slot - b.slot);
  }
}

/** The idle slot in between whose cache is the smallest loss. */
function cheapestHole(table: SlotTable, low: number, high: number): number {
  let best = -1;
  for (let slot = low + 1; slot < high; slot++) {
    if (table.sequenceIn(slot) !== null) continue;
    if (best === -1 || table.cachedTokens(slot) < table.cachedTokens(best)) best = slot;
  }
  return best;
}

/** A row of a decode pass: a sequence's next token, or padding. */
export interface DecodeRow {
  readonly slot: number;
  readonly sequence: Sequence | null;
  /** Whether a padding row's logits are computed too. */
  readonly output: boolean;
}

/**
 * The rows of a dense decode pass in increasing order of their slots: every hole is padded, and the rows with outputs are
 * brought up to a multiple of `rowMultiple` by padding rows, as long as there are slots.
 *
 * @param decodes sequences in increasing order of their slots
 */
export function layOutDecodes(decodes: readonly Sequence[], slots: number, rowMultiple: number): DecodeRow[] {
  const low = decodes[0]?.slot ?? 0;
  const high = decodes.at(-1)?.slot ?? -1;
  let missing = missingRows(decodes.length, rowMultiple);
  const padding = (slot: number): DecodeRow => ({ slot, sequence: null, output: missing-- > 0 });

  const rows: DecodeRow[] = [];
  let slot = low;
  for (const sequence of decodes) {
    for (; slot < sequence.slot; slot++) rows.push(padding(slot));
    rows.push({ slot, sequence, output: true });
    slot++;
  }
  for (let above = high + 1; above < slots && missing > 0; above++) rows.push(padding(above));
  for (let below = low - 1; below >= 0 && missing > 0; below--) rows.unshift(padding(below));
  return rows;
}

/** A few rows are cheapest as they are; from then on every started multiple is paid whole. */
function missingRows(rows: number, multiple: number): number {
  return rows <= multiple ? 0 : (multiple - (rows % multiple)) % multiple;
}
