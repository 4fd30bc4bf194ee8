import { Account } from "./account.js";
import type { Clock } from "./clock.js";

/** The accounts of all keys that have asked for something, by their ids. */
export class Accounts {
  readonly #clock: Clock;
  readonly #accounts = new Map<string, Account>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(id: string): Account {
    const known = this.#accounts.get(id);
    if (known !== undefined) return known;
    const account = new Account(this.#clock);
    this.#accounts.set(id, account);
    return account;
  }

  get ids(): readonly string[] {
    return [...this.#accounts.keys()];
  }
}
