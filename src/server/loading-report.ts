import type { ServedModel } from "../registry/served-model.js";
import type { EventStream } from "./event-stream.js";

/** A model that is there sooner is not spoken of: until then a request can be refused with a status of its own. */
const firstReportMs = 1_000;
const reportMs = 1_000;

/** Tells the client of a stream, in comments, how far the model is that it waits for. */
export class LoadingReport {
  readonly #model: ServedModel;
  readonly #open: () => EventStream;
  #timer: NodeJS.Timeout | null;
  #events: EventStream | null = null;

  /** @param open makes the stream, when there is something to tell */
  constructor(model: ServedModel, open: () => EventStream) {
    this.#model = model;
    this.#open = open;
    this.#timer = setTimeout(() => this.#report(), firstReportMs);
  }

  /** The stream where it had to be opened. */
  get events(): EventStream | null {
    return this.#events;
  }

  /** The waiting is over. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #report(): void {
    const { state, progress } = this.#model;
    if (state === "unloaded" || state === "loading") {
      this.#events ??= this.#open();
      this.#events.write(
        `: ${state === "loading" ? `loading ${Math.floor(progress * 100)} %` : "waiting for memory"}\n`,
      );
    }
    this.#timer = setTimeout(() => this.#report(), reportMs);
  }
}
