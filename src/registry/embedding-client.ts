import { fileURLToPath } from "node:url";
import type {
  EmbeddingEvents,
  EmbeddingOutcome,
  EmbeddingRequest,
  EmbeddingStats,
} from "../engine/embedding.js";
import type { EmbeddingFacts, EmbeddingThreadData } from "./embedding-message.js";
import { EngineChannel } from "./engine-channel.js";

const threadFile = fileURLToPath(new URL("./embedding-thread.js", import.meta.url));

type Finish = (outcome: EmbeddingOutcome) => void;
type Channel = EngineChannel<EmbeddingRequest, EmbeddingEvents, EmbeddingFacts, EmbeddingStats>;

/** What the main thread asks of an embedding engine. */
export class EmbeddingClient {
  readonly #channel: Channel;
  readonly #requests: Map<number, Finish>;

  /**
   * Starts the thread and waits until its context is made.
   *
   * @param onDeath is told when the thread ended by itself; everything that ran has finished with an error
   * @throws WeirError `context_failed`, `invalid_argument` or `engine_failed`
   */
  static async start(data: EmbeddingThreadData, onDeath: (reason: string) => void): Promise<EmbeddingClient> {
    const requests = new Map<number, Finish>();
    const channel: Channel = await EngineChannel.start(threadFile, data, {
      onEvents: (events: EmbeddingEvents) => deliver(events, requests),
      onEnd: (reason) => {
        const open = [...requests.values()];
        requests.clear();
        for (const finish of open) finish({ status: "error", errorMessage: reason });
      },
      onDeath,
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

  close(): Promise<void> {
    return this.#channel.close();
  }
}

function deliver({ ids, outcomes }: EmbeddingEvents, requests: Map<number, Finish>): void {
  for (const [index, id] of ids.entries()) {
    const outcome = outcomes[index];
    const finish = requests.get(id);
    requests.delete(id);
    if (outcome !== undefined) finish?.(outcome);
  }
}
