import type { WeirError } from "../errors.js";
import type { Flow } from "./flow.js";

/** What somebody brings who wants to pass. */
export interface Ticket {
  readonly flow: Flow;
  /** How many places it takes; it passes as soon as one is free. */
  readonly places: number;
  /** It begins with those that are free, one if others wait, and takes more and gives back as it goes on (Pass.grow, Pass.goOn). */
  readonly isElastic: boolean;
  readonly promptTokens: number;
  /** All tokens that it will probably cost, of prompts and answers. */
  readonly costTokens: number;
  /** The longest that it waits, ms: here, and for whoever works for it. */
  readonly timeoutMs: number;
  /** Aborts when nobody waits for the answer any more. */
  readonly departure: AbortSignal;
  /** Asked when its turn comes after it has waited: why it must not pass after all. */
  readonly objection?: () => WeirError | null;
}
