import { messageOf } from "../errors.js";
import type {
  EmbeddingBackend,
  EmbeddingEvents,
  EmbeddingOutcome,
  EmbeddingRequest,
  EmbeddingStats,
} from "./embedding.js";
import { EmbeddingQueue, type TextBatch } from "./embedding-queue.js";

/** A request of which some texts are not computed yet. */
interface OpenRequest {
  readonly values: Float32Array;
  missingTexts: number;
  /** The engine's time at which it is refused, if none of its texts was taken into a batch. */
  readonly deadlineMs: number;
}

/** Computes the texts of all requests in batches: take, compute, hand out. */
export class EmbeddingEngine {
  readonly #backend: EmbeddingBackend;
  readonly #post: (events: EmbeddingEvents) => void;
  readonly #now: () => number;
  readonly #queue: EmbeddingQueue;
  readonly #open = new Map<number, OpenRequest>();
  #finished: { id: number; outcome: EmbeddingOutcome }[] = [];
  #isDraining = false;
  #batches = 0;
  #computedTexts = 0;
  #computedTokens = 0;

  /**
   * @param post takes the requests that came to their end; called at most once a batch, and once a cancellation
   * @param now a clock in ms
   */
  constructor(backend: EmbeddingBackend, post: (events: EmbeddingEvents) => void, now: () => number) {
    this.#backend = backend;
    this.#post = post;
    this.#now = now;
    this.#queue = new EmbeddingQueue(backend);
  }

  get hasWork(): boolean {
    return this.#open.size > 0;
  }

  submit(id: number, request: EmbeddingRequest): void {
    const texts = request.ends.length;
    const values = new Float32Array(texts * this.#backend.width);
    this.#open.set(id, { values, missingTexts: texts, deadlineMs: this.#now() + request.maxWaitMs });
    this.#queue.submit(id, request);
    if (this.#isDraining) this.drain();
  }

  /** Requests of which nothing was computed end with `shutting_down`; what comes later just so. */
  drain(): void {
    this.#isDraining = true;
    for (const id of this.#queue.untouched()) this.#finish(id, { status: "refused", code: "shutting_down" });
    this.#flush();
  }

  /** Idempotent. What the request's texts share a batch with is not disturbed. */
  cancel(id: number): void {
    this.#finish(id, { status: "cancelled" });
    this.#flush();
  }

  cancelAll(): void {
    for (const id of [...this.#open.keys()]) this.#finish(id, { status: "cancelled" });
    this.#flush();
  }

  /** One batch; does nothing when there is nothing to do. A batch that fails ends the requests that are in it. */
  step(): void {
    const batch = this.#queue.take();
    this.#expire();
    if (batch === null) return;
    try {
      const values = this.#backend.embed(batch.tokens, batch.ends);
      this.#handOut(batch, values);
    } catch (thrown) {
      const outcome: EmbeddingOutcome = { status: "error", errorMessage: messageOf(thrown) };
      for (const { id } of batch.texts) this.#finish(id, outcome);
    }
    this.#flush();
  }

  stats(): EmbeddingStats {
    return {
      batches: this.#batches,
      computedTexts: this.#computedTexts,
      computedTokens: this.#computedTokens,
      waitingTexts: this.#queue.length,
    };
  }

  /** After a batch was taken: who is in it has not waited too long. */
  #expire(): void {
    const nowMs = this.#now();
    for (const id of this.#queue.untouched()) {
      const deadlineMs = this.#open.get(id)?.deadlineMs ?? Number.POSITIVE_INFINITY;
      if (nowMs >= deadlineMs) this.#finish(id, { status: "refused", code: "queue_timeout" });
    }
  }

  #handOut({ texts, tokens }: TextBatch, values: Float32Array): void {
    const { width } = this.#backend;
    for (const [index, { id, text }] of texts.entries()) {
      const request = this.#open.get(id);
      const own = values.subarray(index * width, (index + 1) * width);
      if (request === undefined) continue;
      if (!own.every(Number.isFinite)) {
        const errorMessage = `the model computed values for text ${text} that are not finite numbers`;
        this.#finish(id, { status: "error", errorMessage });
        continue;
      }
      request.values.set(own, text * width);
      request.missingTexts--;
      if (request.missingTexts === 0) this.#finish(id, { status: "done", values: request.values });
    }
    this.#batches++;
    this.#computedTexts += texts.length;
    this.#computedTokens += tokens.length;
  }

  #finish(id: number, outcome: EmbeddingOutcome): void {
    if (!this.#open.delete(id)) return;
    this.#queue.remove(id);
    this.#finished.push({ id, outcome });
  }

  #flush(): void {
    if (this.#finished.length === 0) return;
    const finished = this.#finished;
    this.#finished = [];
    this.#post({ ids: finished.map(({ id }) => id), outcomes: finished.map(({ outcome }) => outcome) });
  }
}
