import type { PromptTimes, Share } from "./prompt-shares.js";
import { StepTimes } from "./step-times.js";

/** What passes have taken, of prompts whose rows are scored and of those whose are not. */
export class PassTimes implements PromptTimes {
  readonly plain = new StepTimes();
  readonly scored = new StepTimes();

  /** A prompt pass of these shares took so long; their sequences have not moved on yet. */
  notePrompts(shares: readonly Share[], ms: number): void {
    const isScored = ({ sequence }: Share): boolean => sequence.request.sampling.scoresPrompt;
    const scored = rowsOf(shares.filter(isScored));
    const plain = rowsOf(shares.filter((share) => !isScored(share)));
    if (scored.rows === 0) {
      if (plain.rows > 0) this.plain.notePrompts(plain.rows, plain.position, ms);
      return;
    }
    // One time for both: what the others take is known by now, the rest is theirs.
    const others = plain.rows * this.plain.promptRowMs(plain.position);
    if (plain.rows === 0 || (others > 0 && others < ms))
      this.scored.notePrompts(scored.rows, scored.position, ms - others);
  }
}

/** How many rows, and at which position they are on average. */
function rowsOf(shares: readonly Share[]): { readonly rows: number; readonly position: number } {
  let count = 0;
  let positions = 0;
  for (const { sequence, rows } of shares) {
    count += rows;
    positions += rows * (sequence.computed + rows / 2);
  }
  return { rows: count, position: positions / Math.max(1, count) };
}
