import { messageOf } from "../errors.js";
import { CircuitBreaker, defaultBreaker, type Verdict } from "./circuit-breaker.js";
import { closingMs, endsWithin } from "./ends-within.js";

/** What an engine's client reports to its keeper. */
export interface EngineWatch {
  /** A pass is done; it failed by the engine's fault, or it worked. */
  onPass(hasFailed: boolean): void;
  /** The thread ended by itself; everything that runs is about to finish with an error. */
  onDeath(reason: string): void;
}

/** Why there is no engine: it has failed, or it did so while the server went away. */
export type Absence = "model_unhealthy" | "shutting_down";

/** The main thread's end of an engine, of whatever kind. */
export interface EngineClient<Facts> {
  readonly facts: Facts;
  /** Ends all that runs and waits. */
  abandon(absence: Absence): void;
  /** What does not run yet ends with `shutting_down`, and so does what comes. */
  drain(): void;
  close(): Promise<void>;
}

export interface KeeperHooks {
  /** The engine has failed, and is replaced by a fresh one or given up. What it ran ends after this. */
  onUnhealthy?(reason: string, isReplaced: boolean): void;
  /** The fresh one serves. */
  onHealthy?(): void;
  /** There is no engine any more, and none will come. */
  onDeath?(reason: string): void;
  /** The engine has failed while the server goes away: none takes its place. */
  onLateFailure?(reason: string): void;
}

/** A fresh context takes seconds. Longer, and the device hangs: a fresh process may do better. */
const renewalMs = 120_000;

/** An engine that is replaced by a fresh one when it dies or keeps failing, unless that was of no use before. */
export class EngineKeeper<Facts, Client extends EngineClient<Facts>> {
  readonly #start: () => Promise<Client>;
  readonly #hooks: KeeperHooks;
  readonly #breaker = new CircuitBreaker(defaultBreaker, () => performance.now());
  #client: Client | null;
  #facts: Facts;
  #renewal: Promise<void> = Promise.resolve();
  #isDraining = false;
  #isClosing = false;
  #isGivenUp = false;

  /** Throws what `start` throws the first time. */
  static async start<Facts, Client extends EngineClient<Facts>>(
    start: (watch: EngineWatch) => Promise<Client>,
    hooks: KeeperHooks,
  ): Promise<EngineKeeper<Facts, Client>> {
    let keeper: EngineKeeper<Facts, Client> | null = null;
    const watched = (): Promise<Client> => {
      let client: Client | null = null;
      // Reports of an engine that was replaced meanwhile are no news.
      const judge = (verdictOf: (kept: EngineKeeper<Facts, Client>) => Verdict, reason: string): void => {
        if (keeper !== null && client !== null && keeper.#client === client)
          keeper.#obey(verdictOf(keeper), reason);
      };
      return start({
        onPass: (hasFailed) =>
          judge((kept) => kept.#notePass(hasFailed), "its passes fail, one after the other"),
        onDeath: (reason) => judge((kept) => kept.#breaker.engineDied(), reason),
      }).then((started) => {
        client = started;
        return started;
      });
    };
    keeper = new EngineKeeper(watched, await watched(), hooks);
    return keeper;
  }

  private constructor(start: () => Promise<Client>, client: Client, hooks: KeeperHooks) {
    this.#start = start;
    this.#client = client;
    this.#facts = client.facts;
    this.#hooks = hooks;
  }

  /** The engine that serves; null while it is being replaced, and after that was of no use. */
  get current(): Client | null {
    return this.#client;
  }

  /** Of the engine that serves, or of the last that did. */
  get facts(): Facts {
    return this.#facts;
  }

  /** What there is to say where no engine serves. */
  get absence(): Absence {
    return this.#isLeaving ? "shutting_down" : "model_unhealthy";
  }

  /** Nobody comes any more for whom a fresh engine would be: from here on there is none. */
  drain(): void {
    this.#isDraining = true;
    this.#client?.drain();
  }

  /** Resolves when no thread of any engine runs. One that is still being made ends when it is made, and is not waited for. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await endsWithin(this.#renewal, closingMs);
    await this.#client?.close();
  }

  get #isLeaving(): boolean {
    return this.#isDraining || this.#isClosing;
  }

  #notePass(hasFailed: boolean): Verdict {
    if (hasFailed) return this.#breaker.passFailed();
    this.#breaker.passWorked();
    return "goOn";
  }

  #obey(verdict: Verdict, reason: string): void {
    const old = this.#client;
    if (verdict === "goOn" || old === null || this.#isClosing) return;
    this.#client = null;
    const isReplaced = verdict === "renew" && !this.#isDraining;
    if (this.#isDraining) this.#hooks.onLateFailure?.(reason);
    else this.#hooks.onUnhealthy?.(reason, isReplaced);
    old.abandon(this.absence);
    const end = isReplaced ? this.#replace(old) : old.close().then(() => this.#giveUp(reason));
    this.#renewal = this.#within(end);
  }

  /** The old context is freed first: two of them may not fit. */
  async #replace(old: Client): Promise<void> {
    await old.close();
    if (this.#isLeaving || this.#isGivenUp) return;
    const fresh = await this.#start();
    if (this.#isLeaving || this.#isGivenUp) return fresh.close();
    this.#client = fresh;
    this.#facts = fresh.facts;
    this.#breaker.renewed();
    this.#hooks.onHealthy?.();
  }

  /** Resolves in any case, and in time. */
  async #within(renewal: Promise<void>): Promise<void> {
    try {
      if (await endsWithin(renewal, renewalMs)) return;
      this.#giveUp(`a fresh engine was not ready within ${renewalMs / 1000} s`);
    } catch (thrown) {
      this.#giveUp(messageOf(thrown));
    }
  }

  #giveUp(reason: string): void {
    if (this.#isLeaving || this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#hooks.onDeath?.(reason);
  }
}
