import type { WeirError } from "../errors.js";
import type { Account } from "../gate/account.js";
import type { Pass } from "../gate/pass.js";
import type { TokenEstimate } from "../gate/token-estimate.js";
import type { Lease, ServedInstance } from "../registry/served-model.js";

/** What is known of a request before it is prepared. */
export interface Expectation {
  /** Of its body. */
  readonly characters: number;
  readonly promptTokens: number;
  /** Prompts and answers. */
  readonly costTokens: number;
}

interface EndedAnswer {
  readonly cached: number;
  readonly completion: number;
  readonly hadSlot: boolean;
  /** Further answers of the request have yet to be asked for. */
  readonly isFollowed: boolean;
}

/**
 * A request that was let in, until its last answer has ended. Its tokens are counted for its key and its share, and all that it
 * asks for is computed by the instance that it has a lease on.
 */
export class Admitted<Instance extends ServedInstance = ServedInstance> {
  readonly #pass: Pass;
  readonly #lease: Lease<Instance>;
  readonly #account: Account;
  readonly #estimate: TokenEstimate;
  readonly #expected: Expectation;
  #isOpen = true;
  /** Answers that have been asked for and have not ended. */
  #asked = 0;
  /** What its prompts will be charged as soon as the engine begins with one of them. */
  #unservedTokens = 0;

  constructor(
    pass: Pass,
    lease: Lease<Instance>,
    account: Account,
    estimate: TokenEstimate,
    expected: Expectation,
  ) {
    this.#pass = pass;
    this.#lease = lease;
    this.#account = account;
    this.#estimate = estimate;
    this.#expected = expected;
  }

  /** What computes its answers. */
  get instance(): Instance {
    return this.#lease.instance;
  }

  get waitedMs(): number {
    return this.#pass.waitedMs;
  }

  /** How much longer it may wait for the engine, ms. */
  get remainingMs(): number {
    return this.#pass.remainingMs;
  }

  /** The engine works for it: for one of its answers, or for all of its texts. */
  begin(places?: number): void {
    this.#pass.begin(places);
    this.#pass.served(this.#unservedTokens);
    this.#account.served({ prompt: this.#unservedTokens });
    this.#unservedTokens = 0;
  }

  /** The engine has not begun in time. */
  timedOut(): WeirError {
    const error = this.#pass.timedOut();
    this.#account.refused(error.code);
    return error;
  }

  /** The tokens of its prompts, now that they are known. Nobody is charged for what the engine never begins. */
  promptKnown(tokens: number): void {
    this.#estimate.notePrompt(this.#expected.characters, tokens);
    this.#unservedTokens = tokens;
  }

  /** Its text was rendered or tokenized, and nobody counted how many tokens that were. */
  textServed(): void {
    this.#pass.served(this.#expected.promptTokens);
    this.#account.served({ prompt: this.#expected.promptTokens });
  }

  /** One of its answers has ended, which had a slot or not. */
  answerServed({ hadSlot, isFollowed, ...tokens }: EndedAnswer): void {
    if (hadSlot) this.#estimate.noteAnswer(tokens.completion);
    this.#pass.served(tokens.completion);
    this.#account.served(tokens);
    this.#asked--;
    const begun = hadSlot ? 1 : 0;
    if (!isFollowed || !this.#pass.goOn(begun)) this.#leave(1, begun);
  }

  /** Whether one more of its answers may be asked for now; others where it holds no place for it come when one has ended. */
  mayAsk(): boolean {
    if (this.#asked >= this.#pass.places && !this.#pass.grow()) return false;
    this.#asked++;
    return true;
  }

  /** Has `ask` called when there is a place for one more of its answers; null: there is none that waits for one. */
  offer(ask: (() => void) | null): void {
    this.#pass.offer(ask);
  }

  /** No further answer is asked for: places that were kept for one are others'. */
  giveBack(): void {
    const unused = this.#pass.places - this.#asked;
    if (unused > 0) this.#leave(unused, 0);
  }

  /** Gives up what it still holds. */
  leave(): void {
    this.#leave();
  }

  #leave(places?: number, begun?: number): void {
    this.#pass.leave(places, begun);
    if (this.#pass.places > 0 || !this.#isOpen) return;
    this.#isOpen = false;
    this.#lease.release();
    this.#account.close(this.#expected.costTokens);
  }
}
