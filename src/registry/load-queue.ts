import { endsWithin } from "./ends-within.js";

export interface LoadQueueHooks<Model> {
  /** True: it is loaded, given up or not wanted any more. False: others have what it needs, and it waits. Never rejects. */
  tryToLoad(model: Model): Promise<boolean>;
  /** It waits, and look() is to be called when one of those that it waits for may have become free. */
  watch(model: Model): void;
}

/** What nobody tells is looked at so often. */
const lookMs = 1_000;

/** Models that are to be loaded: tried in the order in which they were asked for, one at a time. One that waits keeps up no other. */
export class LoadQueue<Model> {
  readonly #hooks: LoadQueueHooks<Model>;
  readonly #closing: AbortSignal;
  readonly #waiting = new Set<Model>();
  #isHeld = false;
  #isRunning = false;
  #wake = (): void => {};

  constructor(hooks: LoadQueueHooks<Model>, closing: AbortSignal) {
    this.#hooks = hooks;
    this.#closing = closing;
    closing.addEventListener("abort", () => this.#wake(), { once: true });
  }

  /** One that waits already keeps its turn, and is tried no sooner for being asked for again. */
  add(model: Model): void {
    if (this.#waiting.has(model)) return;
    this.#waiting.add(model);
    this.look();
  }

  /** Nothing is tried until it is said otherwise; what is asked for meanwhile waits. */
  set isHeld(isHeld: boolean) {
    this.#isHeld = isHeld;
    this.look();
  }

  /** All that wait are tried, now or when the one that is being tried has been. */
  look(): void {
    this.#wake();
    if (this.#isRunning || this.#isHeld) return;
    this.#isRunning = true;
    // Who has asked is counted among those who wait when he has said all that he had to say.
    queueMicrotask(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0 && !this.#isHeld && !this.#closing.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      // Those that come meanwhile are tried in the same round.
      for (const model of this.#waiting) {
        if (!this.#closing.aborted && (await this.#hooks.tryToLoad(model))) this.#waiting.delete(model);
      }
      if (this.#waiting.size === 0 || this.#closing.aborted) break;
      for (const model of this.#waiting) this.#hooks.watch(model);
      await endsWithin(woken, lookMs);
    }
    this.#isRunning = false;
  }
}
