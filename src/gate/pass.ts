import type { WeirError } from "../errors.js";

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
  /** So many places are worked for. */
  begin(places: number): void;
  /** So many places are free again, and so many of them were worked for. */
  free(places: number, begun: number): void;
  /** One place more, where one is free and nobody with a better right waits for it. */
  grow(): boolean;
  /** A place that is held is used once more, unless somebody waits who has a better right to it. */
  goOn(): boolean;
  /** Is called when a place is free that is this one's by right; null where no more are wanted. */
  offer(take: (() => void) | null): void;
  /** Tokens that the next use of a place will probably cost. */
  charge(tokens: number): void;
  /** The error of somebody who got a place and yet has waited too long. */
  timedOut(): WeirError;
  /** All places were given back, and are about to be free. */
  settle(account: PassAccount): void;
}

/**
 * Leave to use some places behind the gate, until each of them is given back. What has a place is prepared first, and may wait
 * for whoever works for it: the deadline that it came with holds until then.
 */
export class Pass {
  readonly waitedMs: number;
  readonly #keeper: PassKeeper;
  readonly #admittedMs: number;
  readonly #now: () => number;
  readonly #placeTokens: number;
  readonly #timeoutMs: number;
  #places: number;
  #begun = 0;
  #servedTokens = 0;
  #chargedTokens: number;
  #placeMs = 0;

  constructor(
    keeper: PassKeeper,
    now: () => number,
    facts: {
      readonly waitedMs: number;
      readonly timeoutMs: number;
      readonly places: number;
      /** For all these places together. */
      readonly chargedTokens: number;
    },
  ) {
    this.#keeper = keeper;
    this.#now = now;
    this.#admittedMs = now();
    this.waitedMs = facts.waitedMs;
    this.#timeoutMs = facts.timeoutMs;
    this.#places = facts.places;
    this.#chargedTokens = facts.chargedTokens;
    this.#placeTokens = facts.chargedTokens / facts.places;
  }

  /** What it still holds. */
  get places(): number {
    return this.#places;
  }

  /** How much longer it may wait; not below 0. */
  get remainingMs(): number {
    return Math.max(0, this.#timeoutMs - this.waitedMs - (this.#now() - this.#admittedMs));
  }

  /** It has waited too long after all. */
  timedOut(): WeirError {
    return this.#keeper.timedOut();
  }

  /** So many of its places are worked for from now on; all, where no number is given. More than are held are not counted. */
  begin(places: number = this.#places): void {
    const begun = Math.min(places, this.#places - this.#begun);
    this.#begun += begun;
    this.#keeper.begin(begun);
  }

  /** Takes one place more, if one is free that nobody with a better right waits for. */
  grow(): boolean {
    if (this.#places === 0 || !this.#keeper.grow()) return false;
    this.#places++;
    // It is held from now on only.
    this.#placeMs -= this.#now() - this.#admittedMs;
    this.#charge();
    return true;
  }

  /** Has `take` called when there is a place that grow() would give; null: no more are wanted. */
  offer(take: (() => void) | null): void {
    this.#keeper.offer(this.#places === 0 ? null : take);
  }

  /** Uses a place once more that it holds. False where others wait who have a better right to it, unless it is the only one. */
  goOn(begun: number): boolean {
    if (this.#places > 1 && !this.#keeper.goOn()) return false;
    this.rest(begun);
    this.#charge();
    return true;
  }

  /** Some of its places that were worked for are not any more, and are kept for what comes next. */
  rest(begun: number): void {
    const ended = Math.min(begun, this.#begun);
    this.#begun -= ended;
    this.#keeper.begin(-ended);
  }

  #charge(): void {
    this.#chargedTokens += this.#placeTokens;
    this.#keeper.charge(this.#placeTokens);
  }

  /** Tokens that were computed for it, of prompts and answers. */
  served(tokens: number): void {
    this.#servedTokens += tokens;
  }

  /**
   * Gives places back; those that are left, where no number is given. More than are held are not given.
   *
   * @param begun how many of them are worked for; no more than that are
   */
  leave(places: number = this.#places, begun: number = this.#begun): void {
    const given = Math.min(places, this.#places);
    if (given === 0) return;
    const ended = Math.min(begun, this.#begun, given);
    this.#places -= given;
    this.#begun -= ended;
    const heldMs = this.#now() - this.#admittedMs;
    this.#placeMs += given * heldMs;
    if (this.#places === 0) {
      this.#keeper.offer(null);
      const extraTokens = this.#servedTokens - this.#chargedTokens;
      this.#keeper.settle({ extraTokens, heldMs, placeMs: this.#placeMs });
    }
    this.#keeper.free(given, ended);
  }
}
