import type { Field } from "./answer.js";

/** Why Weir's answer is the right one where the servers differ. */
export interface Reason {
  /** The parts that differ: exactly these, in whole answers or in streams. */
  readonly on: readonly Field[];
  readonly why: string;
}

/** By the request's name. */
export const reasons: Readonly<Record<string, Reason>> = {};
