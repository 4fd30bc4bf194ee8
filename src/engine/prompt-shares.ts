import type { Sequence } from "./sequence.js";
import type { StepTimes } from "./step-times.js";

/** A sequence's share of a pass: its next `rows` pending tokens. */
export interface Share {
  readonly sequence: Sequence;
  readonly rows: number;
}

/** Prompts go on by at least so many rows a step, whatever the target gap: they must not starve. */
const leastRows = 32;

/**
 * Rows that the prompts of a step may have, so that the gap between two tokens of the running answers stays near `maxItlMs`:
 * what the decode pass leaves of it, and at least as long as that pass takes, since otherwise prompts would wait for ever
 * where a decode pass alone takes longer than the target.
 */
export function promptBudget(times: StepTimes, maxItlMs: number, decodeRows: number, batchTokens: number): number {
  const room = Math.max(1, batchTokens - decodeRows);
  if (decodeRows === 0 || times.promptRowMs === 0) return room;
  const ms = Math.max(maxItlMs - times.decodeMs, times.decodeMs);
  return Math.min(room, Math.max(leastRows, Math.floor(ms / times.promptRowMs)));
}

/**
 * Which prompts go on in this step, and how far: who would be done first if it had the machine to itself since it came.
 *
 * So a short prompt passes a long one that came before it, and is not passed for ever itself: after a prompt has waited as
 * long as it takes, it is due before everything that comes. No prompt's share is capped: what is left is the next one's.
 *
 * @param deferLast leaves the last token of each prompt to the next decode pass
 */
export function sharePrompts(
  prompts: readonly Sequence[],
  budget: number,
  times: StepTimes,
  deferLast: boolean,
): Share[] {
  const due = (sequence: Sequence): number =>
    sequence.submittedMs + sequence.promptWork * times.promptRowMs;
  const shares: Share[] = [];
  let left = budget;
  for (const sequence of [...prompts].sort((a, b) => due(a) - due(b))) {
    const rows = Math.min(deferLast ? sequence.pending - 1 : sequence.pending, left);
    if (rows === 0) break;
    shares.push({ sequence, rows });
    left -= rows;
  }
  return shares.sort((a, b) => a.sequence.slot - b.sequence.slot);
}
