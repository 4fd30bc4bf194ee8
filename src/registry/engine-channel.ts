import type { Worker } from "node:worker_threads";
import { WeirError } from "../errors.js";
import type { EngineCommand, EngineReport } from "./engine-message.js";
import { startWorker } from "./worker-start.js";

export interface ChannelHooks<Events> {
  onEvents(events: Events): void;
  /** The thread has ended, and with it all that ran; called once. */
  onEnd(reason: string): void;
  /** It ended by itself; called after onEnd(). */
  onDeath(reason: string): void;
}

interface Query<Inspection> {
  resolve(inspection: Inspection): void;
  reject(error: WeirError): void;
}

/** The main thread's end of an engine's thread. */
export class EngineChannel<Request, Events, Facts, Inspection> {
  readonly facts: Facts;
  readonly #worker: Worker;
  readonly #hooks: ChannelHooks<Events>;
  readonly #queries = new Map<number, Query<Inspection>>();
  readonly #exited: Promise<void>;
  #nextId = 1;
  #endReason: string | null = null;

  /**
   * Starts the thread and waits until its context is made.
   *
   * @param file the thread's, which calls serveEngine()
   * @throws WeirError `context_failed`, `invalid_argument` or `engine_failed`
   */
  static async start<Request, Events, Facts, Inspection>(
    file: string,
    data: object,
    hooks: ChannelHooks<Events>,
  ): Promise<EngineChannel<Request, Events, Facts, Inspection>> {
    const { worker, facts } = await startWorker<Facts>(file, data);
    return new EngineChannel(worker, facts, hooks);
  }

  private constructor(worker: Worker, facts: Facts, hooks: ChannelHooks<Events>) {
    this.#worker = worker;
    this.#hooks = hooks;
    this.facts = facts;
    worker.on("message", (report: EngineReport<Events, Inspection>) => this.#receive(report));
    worker.on("error", (error) => {
      this.#end(`the engine thread failed: ${error.message}`);
      hooks.onDeath(error.message);
    });
    this.#exited = new Promise((resolve) => {
      worker.once("exit", () => {
        this.#end("the engine thread has ended");
        resolve();
      });
    });
  }

  /** Why nothing is answered any more; null while the thread runs. */
  get endReason(): string | null {
    return this.#endReason;
  }

  /** A number for a request, which its events carry. */
  newId(): number {
    return this.#nextId++;
  }

  submit(id: number, request: Request): void {
    this.#send({ type: "submit", id, request });
  }

  cancel(id: number): void {
    this.#send({ type: "cancel", id });
  }

  /** Who waits in the engine is told to go, and whoever comes. */
  drain(): void {
    this.#send({ type: "drain" });
  }

  /** What the engine says of itself, between two steps. Rejects with `engine_failed` where the thread ends. */
  inspect(): Promise<Inspection> {
    if (this.#endReason !== null) return Promise.reject(new WeirError("engine_failed", this.#endReason));
    const query = this.newId();
    return new Promise((resolve, reject) => {
      this.#queries.set(query, { resolve, reject });
      this.#send({ type: "inspect", query });
    });
  }

  /** Cancels what still runs, frees the context and ends the thread. */
  async close(): Promise<void> {
    if (this.#endReason === null) this.#send({ type: "close" });
    await this.#exited;
  }

  #send(command: EngineCommand<Request>): void {
    this.#worker.postMessage(command);
  }

  #receive(report: EngineReport<Events, Inspection>): void {
    if (report.type === "events") {
      this.#hooks.onEvents(report.events);
      return;
    }
    this.#queries.get(report.query)?.resolve(report.inspection);
    this.#queries.delete(report.query);
  }

  #end(reason: string): void {
    if (this.#endReason !== null) return;
    this.#endReason = reason;
    this.#hooks.onEnd(reason);
    for (const { reject } of this.#queries.values()) reject(new WeirError("engine_failed", reason));
    this.#queries.clear();
  }
}
