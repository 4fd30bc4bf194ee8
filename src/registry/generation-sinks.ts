import type { GenerationOutcome, GenerationSink } from "../engine/generation.js";
import { engineReplaced } from "../engine/generation-failure.js";
import { lostOutcome } from "../engine/lost-outcome.js";
import type { StepEvents } from "../engine/step-events.js";
import type { Absence } from "./engine-keeper.js";

/** Where the answers go that an engine computes: a sink a generation, by its number. */
export class GenerationSinks {
  readonly #sinks = new Map<number, GenerationSink>();
  readonly #onSinkError: (thrown: unknown) => void;

  /** @param onSinkError is told when a sink threw: a defect of the caller */
  constructor(onSinkError: (thrown: unknown) => void) {
    this.#onSinkError = onSinkError;
  }

  add(id: number, sink: GenerationSink): void {
    this.#sinks.set(id, sink);
  }

  has(id: number): boolean {
    return this.#sinks.has(id);
  }

  deliver(events: StepEvents): void {
    const { ids, texts, finishedIds, outcomes, logprobIds, logprobs, progressIds, progress } = events;
    for (const id of events.startedIds) {
      const sink = this.#sinks.get(id);
      this.#call(() => sink?.onStart?.());
    }
    for (const [index, id] of events.promptLogprobIds.entries()) {
      const sink = this.#sinks.get(id);
      const tokens = events.promptLogprobs[index];
      if (tokens !== undefined) this.#call(() => sink?.onPromptLogprobs?.(tokens));
    }
    for (const [index, id] of progressIds.entries()) {
      const sink = this.#sinks.get(id);
      const made = progress[index];
      if (made !== undefined) this.#call(() => sink?.onProgress?.(made));
    }
    for (const [index, id] of logprobIds.entries()) {
      const sink = this.#sinks.get(id);
      const sampled = logprobs[index];
      if (sampled !== undefined) this.#call(() => sink?.onLogprob?.(sampled));
    }
    for (const [index, id] of ids.entries()) {
      const sink = this.#sinks.get(id);
      if (sink !== undefined) this.#call(() => sink.onText(texts[index] ?? ""));
    }
    for (const [index, id] of finishedIds.entries()) {
      const sink = this.#sinks.get(id);
      const outcome = outcomes[index];
      this.#sinks.delete(id);
      if (sink !== undefined && outcome !== undefined) this.#call(() => sink.onFinish(outcome));
    }
  }

  /** Ends all generations: their engine is gone. */
  endAll(outcome: GenerationOutcome): void {
    const sinks = [...this.#sinks.values()];
    this.#sinks.clear();
    for (const sink of sinks) this.#call(() => sink.onFinish(outcome));
  }

  /** A sink that throws must not keep the others of its step from their text. */
  #call(deliver: () => void): void {
    try {
      deliver();
    } catch (thrown) {
      this.#onSinkError(thrown);
    }
  }
}

/** The outcome of a generation for which there is no engine: where the server goes away it is cancelled, as others are then. */
export function absentOutcome(promptTokens: number, absence: Absence): GenerationOutcome {
  return lostOutcome(promptTokens, absence === "shutting_down" ? null : engineReplaced);
}
