import { BucketCounts } from "../engine/bucket-counts.js";
import type { EmbeddingOutcome } from "../engine/embedding.js";
import type { FinishReason } from "../engine/generation.js";
import { type ErrorCode, errorTable } from "../errors.js";

/** Seconds; what a person waits for. */
const waitBounds = [
  0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 20, 30, 60, 120, 300, 600,
];
/** Seconds; between two tokens. */
const gapBounds = [
  0.001, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 0.75, 1,
  2.5, 5, 10,
];
const tokenBounds = [1, 4, ...Array.from({ length: 14 }, (_, power) => 16 * 2 ** power)];

/** What was measured of a model's requests on the main thread, since the server started. */
export class ModelMeasures {
  readonly queueSeconds = new BucketCounts(waitBounds);
  readonly prepareSeconds = new BucketCounts(waitBounds);
  readonly promptSeconds = new BucketCounts(waitBounds);
  readonly ttftSeconds = new BucketCounts(waitBounds);
  readonly itlSeconds = new BucketCounts(gapBounds);
  readonly tpotSeconds = new BucketCounts(gapBounds);
  readonly e2elSeconds = new BucketCounts(waitBounds);
  readonly promptTokens = new BucketCounts(tokenBounds);
  readonly answerTokens = new BucketCounts(tokenBounds);
  readonly finished: Record<FinishReason, number> = { stop: 0, length: 0, cancelled: 0, error: 0 };

  /** A request whose texts were embedded or ranked, or not. */
  noteTexts(status: EmbeddingOutcome["status"], facts: TextsFacts): void {
    this.finished[status === "done" ? "stop" : status]++;
    if (status !== "done") return;
    this.queueSeconds.add(facts.waitedMs / 1000);
    this.prepareSeconds.add(facts.prepareMs / 1000);
    this.e2elSeconds.add(facts.durationMs / 1000);
    this.promptTokens.add(facts.promptTokens);
  }
}

export interface TextsFacts {
  readonly waitedMs: number;
  readonly prepareMs: number;
  /** From the request's arrival. */
  readonly durationMs: number;
  readonly promptTokens: number;
}

/** What an app has measured. */
export class Measures {
  readonly #models = new Map<string, ModelMeasures>();
  readonly #errors = new Map<ErrorCode, number>();

  /** By the name that the model had when the request came. Names are those that the operator gives. */
  ofModel(name: string): ModelMeasures {
    const known = this.#models.get(name);
    if (known !== undefined) return known;
    const measures = new ModelMeasures();
    this.#models.set(name, measures);
    return measures;
  }

  get models(): ReadonlyMap<string, ModelMeasures> {
    return this.#models;
  }

  /** A client was told this. */
  countError(code: ErrorCode): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }

  /** Of every code, so that none begins with a jump. */
  get errors(): (readonly [code: ErrorCode, count: number])[] {
    const codes = Object.keys(errorTable) as ErrorCode[]; // its own keys
    return codes.map((code) => [code, this.#errors.get(code) ?? 0]);
  }
}
