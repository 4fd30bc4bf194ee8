/** What a pass has cost. */
export interface PassAccount {
  /** Tokens that were served beyond those that were charged; negative where they were fewer. */
  readonly extraTokens: number;
  /** From the admission to the end. */
  readonly heldMs: number;
  /** The sum over its places of how long each was held. */
  readonly placeMs: number;
}

/** What a pass does with its gate. */
export interface PassKeeper {
  /** So many places are free again. */
  free(places: number): void;
  /** All places were given back, and are about to be free. */
  settle(account: PassAccount): void;
}

/** Leave to use some places behind the gate, until each of them is given back. */
export class Pass {
  readonly waitedMs: number;
  readonly #keeper: PassKeeper;
  readonly #admittedMs: number;
  readonly #now: () => number;
  readonly #chargedTokens: number;
  #places: number;
  #servedTokens = 0;
  #placeMs = 0;

  constructor(
    keeper: PassKeeper,
    now: () => number,
    facts: { readonly waitedMs: number; readonly places: number; readonly chargedTokens: number },
  ) {
    this.#keeper = keeper;
    this.#now = now;
    this.#admittedMs = now();
    this.waitedMs = facts.waitedMs;
    this.#places = facts.places;
    this.#chargedTokens = facts.chargedTokens;
  }

  /** What it still holds. */
  get places(): number {
    return this.#places;
  }

  /** Tokens that were computed for it, of prompts and answers. */
  served(tokens: number): void {
    this.#servedTokens += tokens;
  }

  /** Gives places back; those that are left, where no number is given. More than are held are not given. */
  leave(places: number = this.#places): void {
    const given = Math.min(places, this.#places);
    if (given === 0) return;
    this.#places -= given;
    const heldMs = this.#now() - this.#admittedMs;
    this.#placeMs += given * heldMs;
    if (this.#places === 0) {
      const extraTokens = this.#servedTokens - this.#chargedTokens;
      this.#keeper.settle({ extraTokens, heldMs, placeMs: this.#placeMs });
    }
    this.#keeper.free(given);
  }
}
