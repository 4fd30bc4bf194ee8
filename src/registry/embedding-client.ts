import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import type { EmbeddingOutcome, EmbeddingRequest, EmbeddingStats } from "../engine/embedding.js";
import { WeirError } from "../errors.js";
import type {
  EmbeddingCommand,
  EmbeddingFacts,
  EmbeddingReport,
  EmbeddingThreadData,
} from "./embedding-message.js";
import { startWorker } from "./worker-start.js";

const threadFile = fileURLToPath(new URL("./embedding-thread.js", import.meta.url));

interface StatsQuery {
  resolve(stats: EmbeddingStats): void;
  reject(error: WeirError): void;
}

/** The main thread's end of an embedding thread. */
export class EmbeddingClient {
  readonly facts: EmbeddingFacts;
  readonly #worker: Worker;
  readonly #requests = new Map<number, (outcome: EmbeddingOutcome) => void>();
  readonly #queries = new Map<number, StatsQuery>();
  readonly #exited: Promise<void>;
  #nextId = 1;
  #dead: string | null = null;

  /**
   * Starts the thread and waits until its context is made.
   *
   * @param onDeath is told when the thread ended by itself; everything that ran has finished with an error
   * @throws WeirError `context_failed`, `invalid_argument` or `engine_failed`
   */
  static async start(data: EmbeddingThreadData, onDeath: (reason: string) => void): Promise<EmbeddingClient> {
    const { worker, facts } = await startWorker<EmbeddingFacts>(threadFile, data);
    return new EmbeddingClient(worker, facts, onDeath);
  }

  private constructor(worker: Worker, facts: EmbeddingFacts, onDeath: (reason: string) => void) {
    this.#worker = worker;
    this.facts = facts;
    worker.on("message", (report: EmbeddingReport) => this.#receive(report));
    worker.on("error", (error) => {
      this.#die(`the embedding thread failed: ${error.message}`);
      onDeath(error.message);
    });
    this.#exited = new Promise((resolve) => {
      worker.once("exit", () => {
        this.#die("the embedding thread has ended");
        resolve();
      });
    });
  }

  /** Never rejects, and never refuses for a full house: the request waits. `signal` cancels it. */
  embed(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingOutcome> {
    if (this.#dead !== null) return Promise.resolve({ status: "error", errorMessage: this.#dead });
    if (signal.aborted) return Promise.resolve({ status: "cancelled" });
    const id = this.#nextId++;
    const cancel = (): void => this.#send({ type: "cancel", id });
    signal.addEventListener("abort", cancel, { once: true });
    return new Promise((resolve) => {
      this.#requests.set(id, (outcome) => {
        signal.removeEventListener("abort", cancel);
        resolve(outcome);
      });
      this.#send({ type: "submit", id, request });
    });
  }

  /** The counters between two batches. */
  stats(): Promise<EmbeddingStats> {
    if (this.#dead !== null) return Promise.reject(new WeirError("engine_failed", this.#dead));
    const query = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#queries.set(query, { resolve, reject });
      this.#send({ type: "inspect", query });
    });
  }

  /** Cancels what still runs, frees the context and ends the thread. */
  async close(): Promise<void> {
    if (this.#dead === null) this.#send({ type: "close" });
    await this.#exited;
  }

  #send(command: EmbeddingCommand): void {
    this.#worker.postMessage(command);
  }

  #receive(report: EmbeddingReport): void {
    if (report.type === "inspected") {
      this.#queries.get(report.query)?.resolve(report.stats);
      this.#queries.delete(report.query);
      return;
    }
    const { ids, outcomes } = report.events;
    for (const [index, id] of ids.entries()) {
      const outcome = outcomes[index];
      const finish = this.#requests.get(id);
      this.#requests.delete(id);
      if (outcome !== undefined) finish?.(outcome);
    }
  }

  #die(reason: string): void {
    if (this.#dead !== null) return;
    this.#dead = reason;
    const requests = [...this.#requests.values()];
    this.#requests.clear();
    for (const finish of requests) finish({ status: "error", errorMessage: reason });
    for (const { reject } of this.#queries.values()) reject(new WeirError("engine_failed", reason));
    this.#queries.clear();
  }
}
