import type { GenerationOutcome } from "./generation.js";

/** What one pass brought, as one message: a column a field, entry i belongs to sequence ids[i]. */
export interface StepEvents {
  readonly ids: readonly number[];
  readonly texts: readonly string[];
  readonly finishedIds: readonly number[];
  readonly outcomes: readonly GenerationOutcome[];
}

/** Collects the events of a pass until they are posted. */
export class StepEventCollector {
  #ids: number[] = [];
  #texts: string[] = [];
  #finishedIds: number[] = [];
  #outcomes: GenerationOutcome[] = [];

  text(id: number, text: string): void {
    this.#ids.push(id);
    this.#texts.push(text);
  }

  finished(id: number, outcome: GenerationOutcome): void {
    this.#finishedIds.push(id);
    this.#outcomes.push(outcome);
  }

  /** What came since the last call, or null. */
  take(): StepEvents | null {
    if (this.#ids.length === 0 && this.#finishedIds.length === 0) return null;
    const events = {
      ids: this.#ids,
      texts: this.#texts,
      finishedIds: this.#finishedIds,
      outcomes: this.#outcomes,
    };
    this.#ids = [];
    this.#texts = [];
    this.#finishedIds = [];
    this.#outcomes = [];
    return events;
  }
}
