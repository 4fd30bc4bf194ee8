import { endsWithin } from "./ends-within.js";

export interface LoadQueueHooks<Model> {
  /** Loads it, or gives up: true. False: others have what it needs, and it waits. Never rejects. */
  tryToLoad(model: Model): Promise<boolean>;
  /** Resolves when one of those that it waits for may have become free. */
  change(model: Model): Promise<unknown>;
}

/** What nobody tells is looked at so often. */
const lookMs = 1_000;

/** Models that are to be loaded: tried in the order in which they were asked for, one at a time. One that waits keeps up no other. */
export class LoadQueue<Model> {
  readonly #hooks: LoadQueueHooks<Model>;
  readonly #closing: AbortSignal;
  readonly #waiting = new Set<Model>();
  #isRunning = false;
  #wake = (): void => {};

  constructor(hooks: LoadQueueHooks<Model>, closing: AbortSignal) {
    this.#hooks = hooks;
    this.#closing = closing;
    closing.addEventListener("abort", () => this.#wake(), { once: true });
  }

  /** One that waits already keeps its turn. */
  add(model: Model): void {
    this.#waiting.add(model);
    this.#wake();
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.size > 0 && !this.#closing.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      // Those that come meanwhile are tried in the same round.
      for (const model of this.#waiting) {
        if (!this.#closing.aborted && (await this.#hooks.tryToLoad(model))) this.#waiting.delete(model);
      }
      const changes = [...this.#waiting].map((model) => this.#hooks.change(model));
      if (changes.length > 0) await endsWithin(Promise.race([woken, ...changes]), lookMs);
    }
    this.#isRunning = false;
  }
}
