import { messageOf } from "../errors.js";
import { CircuitBreaker, defaultBreaker, type Verdict } from "./circuit-breaker.js";

/** What an engine's client reports to its keeper. */
export interface EngineWatch {
  /** A pass is done; it failed by the engine's fault, or it worked. */
  onPass(hasFailed: boolean): void;
  /** The thread ended by itself; everything that runs is about to finish with an error. */
  onDeath(reason: string): void;
}

/** The main thread's end of an engine, of whatever kind. */
export interface EngineClient<Facts> {
  readonly facts: Facts;
  /** Ends all that runs and waits with `model_unhealthy`. */
  abandon(): void;
  /** What does not run yet ends with `shutting_down`, and so does what comes. */
  drain(): void;
  close(): Promise<void>;
}

export interface KeeperHooks {
  /** The engine is being replaced by a fresh one. */
  onUnhealthy?(reason: string): void;
  /** The fresh one serves. */
  onHealthy?(): void;
  /** There is no engine any more, and none will come. */
  onDeath?(reason: string): void;
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

  drain(): void {
    this.#isDraining = true;
    this.#client?.drain();
  }

  /** Resolves when no thread of any engine runs. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#renewal;
    await this.#client?.close();
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
    // Nobody comes any more for whom a fresh engine would be.
    const isReplaced = verdict === "renew" && !this.#isDraining;
    if (isReplaced) this.#hooks.onUnhealthy?.(reason);
    old.abandon();
    const end = isReplaced ? this.#replace(old) : old.close().then(() => this.#giveUp(reason));
    this.#renewal = this.#within(end);
  }

  /** The old context is freed first: two of them may not fit. */
  async #replace(old: Client): Promise<void> {
    await old.close();
    if (this.#isClosing || this.#isGivenUp) return;
    const fresh = await this.#start();
    if (this.#isGivenUp) return fresh.close();
    this.#client = fresh;
    this.#facts = fresh.facts;
    this.#breaker.renewed();
    if (this.#isDraining) fresh.drain();
    if (!this.#isClosing) this.#hooks.onHealthy?.();
  }

  /** Resolves in any case, and in time. */
  async #within(renewal: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const problem = new Error(`a fresh engine was not ready within ${renewalMs / 1000} s`);
      timer = setTimeout(() => reject(problem), renewalMs);
    });
    try {
      await Promise.race([renewal, late]);
    } catch (thrown) {
      this.#giveUp(messageOf(thrown));
    } finally {
      clearTimeout(timer);
    }
  }

  #giveUp(reason: string): void {
    if (this.#isClosing || this.#isDraining || this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#hooks.onDeath?.(reason);
  }
}
