import type { EmbeddingBackend, EmbeddingRequest } from "./embedding.js";

/** A text of a request: the request's id, and which of its texts. */
export interface QueuedText {
  readonly id: number;
  readonly text: number;
}

/** The layout of EmbeddingRequest. */
type Texts = Pick<EmbeddingRequest, "tokens" | "ends">;

/** Texts to compute together. */
export interface TextBatch extends Texts {
  readonly texts: readonly QueuedText[];
}

interface QueuedRequest extends Texts {
  readonly id: number;
  /** Its first text that is not in a batch yet. */
  next: number;
}

/** The texts of all requests, first come, first served, filled into batches. */
export class EmbeddingQueue {
  readonly #limits: Pick<EmbeddingBackend, "batchTokens" | "sequences">;
  #requests: QueuedRequest[] = [];

  constructor(limits: Pick<EmbeddingBackend, "batchTokens" | "sequences">) {
    this.#limits = limits;
  }

  /** Texts that are in no batch yet. */
  get length(): number {
    return this.#requests.reduce((sum, { ends, next }) => sum + ends.length - next, 0);
  }

  submit(id: number, { tokens, ends }: Texts): void {
    this.#requests.push({ id, tokens, ends, next: 0 });
  }

  /** Requests of which no text was taken yet. */
  untouched(): number[] {
    return this.#requests.filter(({ next }) => next === 0).map(({ id }) => id);
  }

  /** Takes out what is left of a request. */
  remove(id: number): void {
    this.#requests = this.#requests.filter((request) => request.id !== id);
  }

  /** The texts at the head that fit a batch together; null where none wait. */
  take(): TextBatch | null {
    const batch = new BatchBuilder(this.#limits);
    let [request] = this.#requests;
    while (request !== undefined && batch.add(request)) {
      request.next++;
      if (request.next === request.ends.length) this.#requests.shift();
      [request] = this.#requests;
    }
    return batch.build();
  }
}

class BatchBuilder {
  readonly #limits: Pick<EmbeddingBackend, "batchTokens" | "sequences">;
  readonly #texts: QueuedText[] = [];
  readonly #pieces: Int32Array[] = [];
  readonly #ends: number[] = [];
  #length = 0;

  constructor(limits: Pick<EmbeddingBackend, "batchTokens" | "sequences">) {
    this.#limits = limits;
  }

  /** Whether the request's next text found room. The first one always does. */
  add({ id, tokens, ends, next }: QueuedRequest): boolean {
    const piece = tokens.subarray(next === 0 ? 0 : ends[next - 1], ends[next]);
    const length = this.#length + piece.length;
    const isFull = this.#texts.length === this.#limits.sequences || length > this.#limits.batchTokens;
    if (isFull && this.#texts.length > 0) return false;
    this.#texts.push({ id, text: next });
    this.#pieces.push(piece);
    this.#ends.push(length);
    this.#length = length;
    return true;
  }

  build(): TextBatch | null {
    if (this.#texts.length === 0) return null;
    const tokens = new Int32Array(this.#length);
    for (const [index, piece] of this.#pieces.entries()) {
      tokens.set(piece, (this.#ends[index] ?? 0) - piece.length);
    }
    return { texts: this.#texts, tokens, ends: Int32Array.from(this.#ends) };
  }
}
