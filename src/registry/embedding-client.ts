import { fileURLToPath } from "node:url";
import type {
  EmbeddingEvents,
  EmbeddingOutcome,
  EmbeddingRequest,
  EmbeddingStats,
} from "../engine/embedding.js";
import type { EmbeddingFacts, EmbeddingThreadData } from "./embedding-message.js";
import { EngineChannel } from "./engine-channel.js";
import type { Absence, EngineClient, EngineWatch } from "./engine-keeper.js";

const threadFile = fileURLToPath(new URL("./embedding-thread.js", import.meta.url));

type Finish = (outcome: EmbeddingOutcome) => void;
type Channel = EngineChannel<EmbeddingRequest, EmbeddingEvents, EmbeddingFacts, EmbeddingStats>;

/** What the main thread asks of an embedding engine. */
export class EmbeddingClient implements EngineClient<EmbeddingFacts> {
  readonly #channel: Channel;
  readonly #requests: Map<number, Finish>;

  /**
   * Starts the thread and waits until its context is made.
   *
   * @throws WeirError `context_failed`, `invalid_argument` or `engine_failed`
   */
  static async start(data: EmbeddingThreadData, watch: EngineWatch): Promise<EmbeddingClient> {
    const requests = new Map<number, Finish>();
    const channel: Channel = await EngineChannel.start(threadFile, data, {
      onEvents: (events: EmbeddingEvents) => {
        const isAny = (status: EmbeddingOutcome["status"]): boolean =>
          events.outcomes.some((outcome) => outcome.status === status);
        if (isAny("error") || isAny("done")) watch.onPass(isAny("error"));
        deliver(events, requests);
      },
      onEnd: (reason) => finishAll({ status: "error", errorMessage: reason }, requests),
      onDeath: (reason) => watch.onDeath(reason),
    });
    return new EmbeddingClient(channel, requests);
  }

  private constructor(channel: Channel, requests: Map<number, Finish>) {
    this.#channel = channel;
    this.#requests = requests;
  }

  get facts(): EmbeddingFacts {
    return this.#channel.facts;
  }

  /** Never rejects, and never refuses for a full house: the request waits. `signal` cancels it. */
  embed(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingOutcome> {
    const { endReason } = this.#channel;
    if (endReason !== null) return Promise.resolve({ status: "error", errorMessage: endReason });
    if (signal.aborted) return Promise.resolve({ status: "cancelled" });
    const id = this.#channel.newId();
    const cancel = (): void => this.#channel.cancel(id);
    signal.addEventListener("abort", cancel, { once: true });
    return new Promise((resolve) => {
      this.#requests.set(id, (outcome) => {
        signal.removeEventListener("abort", cancel);
        resolve(outcome);
      });
      this.#channel.submit(id, request);
    });
  }

  /** The counters between two batches. */
  stats(): Promise<EmbeddingStats> {
    return this.#channel.inspect();
  }

  /** What is in no batch yet ends with `shutting_down`, and so does what comes. */
  drain(): void {
    this.#channel.drain();
  }

  abandon(absence: Absence): void {
    finishAll(absentOutcome(absence), this.#requests);
  }

  close(): Promise<void> {
    return this.#channel.close();
  }
}

/** The outcome of a request for which there is no engine: where the server goes away it is cancelled, as others are then. */
export function absentOutcome(absence: Absence): EmbeddingOutcome {
  return absence === "shutting_down" ? { status: "cancelled" } : { status: "refused", code: absence };
}

function finishAll(outcome: EmbeddingOutcome, requests: Map<number, Finish>): void {
  const open = [...requests.values()];
  requests.clear();
  for (const finish of open) finish(outcome);
}

function deliver({ ids, outcomes }: EmbeddingEvents, requests: Map<number, Finish>): void {
  for (const [index, id] of ids.entries()) {
    const outcome = outcomes[index];
    const finish = requests.get(id);
    requests.delete(id);
    if (outcome !== undefined) finish?.(outcome);
  }
}
