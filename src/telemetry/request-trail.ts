import { type OperationFacts, OperationTrail } from "./operation-trail.js";

/** What a request says before anything is done for it. */
export interface RequestHead {
  readonly requestId: string;
  readonly method: string;
  /** Without its query, which may hold secrets. */
  readonly path: string;
  /** As it was registered; null where there is none. */
  readonly route: string | null;
  /** The client's address, as far as trusted proxies tell; undefined on a Unix socket. */
  readonly client: string | undefined;
  readonly scheme: string;
  /** `traceparent` and `tracestate`, where it has them. */
  readonly traceHeaders: Readonly<Record<string, string>>;
}

/** What a request's answer came to. */
export interface ResponseEnd {
  readonly status: number;
  /** With its headers; undefined where nobody counted. */
  readonly bytes: number | undefined;
  /** The client left before it had all of it. */
  readonly isAborted: boolean;
}

/** What a request failed with, as its client is told. */
export interface RequestFailure {
  readonly code: string;
  readonly param: string | null;
  readonly status: number;
}

/** What is known of a request when it is over: for its line in the log, and for its spans. Times are performance.now(). */
export class RequestTrail {
  readonly head: RequestHead;
  readonly arrivedMs = performance.now();
  /** The same moment as Unix time: one pair of clocks a request, since the two drift apart over weeks. */
  readonly arrivedUnixMs = Date.now();
  /** The name of its key; "" where there are no keys, or before it is known. */
  key = "";
  /** The id of the model that it asked for. */
  model: string | null = null;
  readonly #onSettled: (trail: RequestTrail) => void;
  #operation: OperationTrail | null = null;
  #failure: RequestFailure | null = null;
  #response: (ResponseEnd & { readonly endedMs: number }) | null = null;

  /** @param onSettled is told once, when the response has ended and so have the answers of the model */
  constructor(head: RequestHead, onSettled: (trail: RequestTrail) => void) {
    this.head = head;
    this.#onSettled = onSettled;
  }

  get failure(): RequestFailure | null {
    return this.#failure;
  }

  get response(): (ResponseEnd & { readonly endedMs: number }) | null {
    return this.#response;
  }

  /** What a model was asked for; null where none was. */
  get begun(): OperationTrail | null {
    return this.#operation;
  }

  /** The same, for those who know that there is one. */
  get operation(): OperationTrail {
    if (this.#operation === null) throw new RangeError("no model has been asked yet");
    return this.#operation;
  }

  /** A model is about to be asked: the request's wait begins. */
  begin(facts: OperationFacts): OperationTrail {
    this.model = facts.model;
    this.#operation = new OperationTrail(facts, this.arrivedMs, () => this.#settle());
    // The client may have left while its body was read.
    if (this.#response !== null) this.#operation.stopWatching();
    return this.#operation;
  }

  /** The first failure counts: others follow from it. */
  fail(failure: RequestFailure): void {
    const { code, param, status } = failure;
    this.#failure ??= { code, param, status };
  }

  /** The response has ended. Only the first call counts. */
  end(response: ResponseEnd): void {
    if (this.#response !== null) return;
    this.#response = { ...response, endedMs: performance.now() };
    this.#operation?.stopWatching();
    this.#settle();
  }

  #settle(): void {
    if (this.#response !== null && (this.#operation?.running ?? 0) === 0) this.#onSettled(this);
  }
}
