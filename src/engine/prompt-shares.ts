import type { Sequence } from "./sequence.js";
import type { StepTimes } from "./step-times.js";

/** A sequence's share of a pass: its next `rows` pending tokens. */
export interface Share {
  readonly sequence: Sequence;
  readonly rows: number;
}

/**
 * A part of a prompt has a multiple of so many rows, and its end is never computed without a whole tile: llama.cpp's attention works
 * in tiles of 64 rows, and on a CPU fewer take longer than a tile does (docs/decisions/0015).
 */
const tileRows = 64;

/**
 * Rows of a step that may be scored, those of all prompts together. Their logits are computed 64 at a time, so more rows a step
 * would bring nothing but longer gaps for everybody else (docs/decisions/0039).
 */
const mostScoredRows = 64;

/** What passes have taken, by what is done with a prompt's rows: those that are scored take longer. */
export interface PromptTimes {
  readonly plain: StepTimes;
  readonly scored: StepTimes;
}

export function timesOf(times: PromptTimes, { request }: Sequence): StepTimes {
  return request.sampling.scoresPrompt ? times.scored : times.plain;
}

/** What the prompts of a step may take. */
export interface PromptBudget {
  readonly ms: number;
  readonly rows: number;
}

/**
 * The budget that keeps the gap between two tokens of the running answers near `maxItlMs`: what the decode pass leaves of it,
 * and at least as long as that pass takes, since otherwise prompts would wait for ever where a decode pass alone takes longer
 * than the target.
 */
export function promptBudget(
  times: StepTimes,
  maxItlMs: number,
  decodeRows: number,
  batchTokens: number,
): PromptBudget {
  if (decodeRows === 0) return { ms: Number.POSITIVE_INFINITY, rows: batchTokens };
  return { ms: Math.max(maxItlMs - times.decodeMs, times.decodeMs), rows: batchTokens };
}

/**
 * Which prompts go on in this step, and how far: who would be done first if it had the machine to itself since it came.
 *
 * So a short prompt passes a long one that came before it, and is not passed for ever itself: after a prompt has waited as
 * long as it takes, it is due before everything that comes. No prompt's share is capped: what is left is the next one's. The
 * first one gets a tile at least, however small the budget: prompts must not starve.
 *
 * @param deferLast leaves the last token of each prompt to the next decode pass
 * @returns in the order of the slots
 */
export function sharePrompts(
  prompts: readonly Sequence[],
  budget: PromptBudget,
  times: PromptTimes,
  deferLast: boolean,
): Share[] {
  const due = (sequence: Sequence): number => {
    const { submittedMs, cachedTokens, request } = sequence;
    const rows = request.promptTokens.length - cachedTokens;
    return submittedMs + rows * timesOf(times, sequence).promptRowMs(cachedTokens + rows / 2);
  };
  const shares: Share[] = [];
  let { ms, rows: room } = budget;
  let scoredRoom = mostScoredRows;
  for (const sequence of [...prompts].sort((a, b) => due(a) - due(b))) {
    const { scoresPrompt } = sequence.request.sampling;
    const wanted = sequence.promptRows(deferLast);
    const rowMs = timesOf(times, sequence).promptRowMs(sequence.computed);
    const affordable = rowMs === 0 ? wanted : Math.max(0, Math.floor(ms / rowMs));
    const isFirst = shares.length === 0;
    const most = scoresPrompt ? Math.min(room, scoredRoom) : room;
    const least = wanted < 2 * tileRows ? wanted : tileRows;
    const limit = Math.min(most, isFirst ? Math.max(affordable, least) : affordable);
    // A batch may be smaller than a tile.
    const rows = wholeTiles(wanted, limit) || (isFirst ? limit : 0);
    if (rows === 0) continue;
    shares.push({ sequence, rows });
    room -= rows;
    if (scoresPrompt) scoredRoom -= rows;
    ms -= rows * rowMs;
  }
  return shares.sort((a, b) => a.sequence.slot - b.sequence.slot);
}

/** What a prompt pass of these shares takes, by what rows took lately, ms; 0 where nothing is measured yet. */
export function expectedMs(shares: readonly Share[], times: PromptTimes): number {
  return shares.reduce(
    (ms, { sequence, rows }) => ms + rows * timesOf(times, sequence).promptRowMs(sequence.computed),
    0,
  );
}

/** All that is wanted, or as many whole tiles as there is room for and as leave a whole one to the end. */
function wholeTiles(wanted: number, room: number): number {
  if (wanted <= room) return wanted;
  const rows = room - (room % tileRows);
  return wanted - rows < tileRows ? Math.max(0, rows - tileRows) : rows;
}
