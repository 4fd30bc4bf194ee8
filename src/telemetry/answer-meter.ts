import type { GenerationOutcome, GenerationSink } from "../engine/generation.js";
import type { ModelMeasures } from "./measures.js";

/** What is known of an answer before it begins. */
export interface AnswerStart {
  /** When its request came, on the clock. */
  readonly arrivedMs: number;
  /** In front of the gate; the engine's own queue is in the outcome. */
  readonly waitedMs: number;
  readonly prepareMs: number;
}

/** Measures one answer on its way to the client. */
export class AnswerMeter {
  readonly #measures: ModelMeasures;
  readonly #start: AnswerStart;
  readonly #now: () => number;
  #firstMs = 0;
  #lastMs = 0;

  /** @param now a clock in ms */
  constructor(measures: ModelMeasures, start: AnswerStart, now: () => number) {
    this.#measures = measures;
    this.#start = start;
    this.#now = now;
  }

  /** The sink, measured. */
  around(sink: GenerationSink): GenerationSink {
    return {
      ...sink,
      onText: (text) => {
        this.#noteText();
        sink.onText(text);
      },
      onFinish: (outcome) => {
        // A client must get its end whatever is wrong with a measure.
        try {
          this.#noteEnd(outcome);
        } finally {
          sink.onFinish(outcome);
        }
      },
    };
  }

  #noteText(): void {
    const nowMs = this.#now();
    if (this.#firstMs === 0) {
      this.#firstMs = nowMs;
      this.#measures.ttftSeconds.add((nowMs - this.#start.arrivedMs) / 1000);
    } else {
      this.#measures.itlSeconds.add((nowMs - this.#lastMs) / 1000);
    }
    this.#lastMs = nowMs;
  }

  /** Times and lengths are those of answers that came to their own end: of one that was cut off they would say little. */
  #noteEnd(outcome: GenerationOutcome): void {
    const { finishReason, promptTokens, completionTokens, queueMs, promptMs } = outcome;
    const measures = this.#measures;
    measures.finished[finishReason]++;
    if (finishReason === "cancelled" || finishReason === "error") return;
    const { arrivedMs, waitedMs, prepareMs } = this.#start;
    const nowMs = this.#now();
    measures.queueSeconds.add((waitedMs + queueMs) / 1000);
    measures.prepareSeconds.add(prepareMs / 1000);
    measures.promptSeconds.add(promptMs / 1000);
    measures.e2elSeconds.add((nowMs - arrivedMs) / 1000);
    measures.promptTokens.add(promptTokens);
    measures.answerTokens.add(completionTokens);
    if (this.#firstMs > 0 && completionTokens > 1) {
      measures.tpotSeconds.add((nowMs - this.#firstMs) / 1000 / (completionTokens - 1));
    }
  }
}
