import type { WeirError } from "../errors.js";
import type { Pass } from "./pass.js";
import type { Ticket } from "./ticket.js";
import type { Load } from "./waiting-load.js";

/** Somebody who waits at a gate. */
export interface Waiter extends Load {
  readonly ticket: Ticket;
  readonly arrivedMs: number;
  admit(pass: Pass): void;
  refuse(error: WeirError): void;
  /** Its timer and its listener are taken away. */
  forget(): void;
}
