import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import type {
  GenerationHandle,
  GenerationOutcome,
  GenerationRequest,
  GenerationSink,
} from "../engine/generation.js";
import type { StepEvents } from "../engine/step-events.js";
import { WeirError } from "../errors.js";
import type {
  EngineCommand,
  EngineFacts,
  EngineInspection,
  EngineReport,
  EngineThreadData,
} from "./engine-message.js";
import { startWorker } from "./worker-start.js";

const threadFile = fileURLToPath(new URL("./engine-thread.js", import.meta.url));

interface InspectionQuery {
  resolve(inspection: EngineInspection): void;
  reject(error: WeirError): void;
}

export interface EngineHooks {
  /** The thread ended by itself; everything that ran has finished with an error. */
  onDeath(reason: string): void;
  /** A sink threw: a defect of the caller. */
  onSinkError(thrown: unknown): void;
}

/** The main thread's end of an engine thread. */
export class EngineClient {
  readonly facts: EngineFacts;
  readonly #worker: Worker;
  readonly #sinks = new Map<number, GenerationSink>();
  readonly #queries = new Map<number, InspectionQuery>();
  readonly #hooks: EngineHooks;
  readonly #exited: Promise<void>;
  #nextId = 1;
  #dead: string | null = null;

  /**
   * Starts the thread and waits until its context is made.
   *
   * @throws WeirError `context_failed`, `invalid_argument` or `engine_failed`
   */
  static async start(data: EngineThreadData, hooks: EngineHooks): Promise<EngineClient> {
    const { worker, facts } = await startWorker<EngineFacts>(threadFile, data);
    return new EngineClient(worker, facts, hooks);
  }

  private constructor(worker: Worker, facts: EngineFacts, hooks: EngineHooks) {
    this.#worker = worker;
    this.#hooks = hooks;
    this.facts = facts;
    worker.on("message", (report: EngineReport) => this.#receive(report));
    worker.on("error", (error) => {
      this.#die(`the engine thread failed: ${error.message}`);
      hooks.onDeath(error.message);
    });
    this.#exited = new Promise((resolve) => {
      worker.once("exit", () => {
        this.#die("the engine thread has ended");
        resolve();
      });
    });
  }

  generate(request: GenerationRequest, sink: GenerationSink): GenerationHandle {
    const id = this.#nextId++;
    if (this.#dead !== null) {
      const { promptTokens } = request;
      queueMicrotask(() => sink.onFinish(lost(promptTokens.length, this.#dead ?? "")));
      return { cancel: () => {} };
    }
    this.#sinks.set(id, sink);
    this.#send({ type: "submit", id, request });
    return {
      cancel: () => {
        if (this.#sinks.has(id)) this.#send({ type: "cancel", id });
      },
    };
  }

  /** The slot table and the counters between two steps. */
  inspect(): Promise<EngineInspection> {
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

  #send(command: EngineCommand): void {
    this.#worker.postMessage(command);
  }

  #receive(report: EngineReport): void {
    if (report.type === "step") this.#deliver(report.events);
    else if (report.type === "inspected") {
      this.#queries.get(report.query)?.resolve(report.inspection);
      this.#queries.delete(report.query);
    }
  }

  #deliver(events: StepEvents): void {
    const { ids, texts, finishedIds, outcomes, logprobIds, logprobs, progressIds, progress } = events;
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

  /** A sink that throws must not keep the others of its step from their text. */
  #call(deliver: () => void): void {
    try {
      deliver();
    } catch (thrown) {
      this.#hooks.onSinkError(thrown);
    }
  }

  #die(reason: string): void {
    if (this.#dead !== null) return;
    this.#dead = reason;
    const sinks = [...this.#sinks.values()];
    this.#sinks.clear();
    for (const sink of sinks) this.#call(() => sink.onFinish(lost(0, reason)));
    for (const { reject } of this.#queries.values()) reject(new WeirError("engine_failed", reason));
    this.#queries.clear();
  }
}

/** The outcome of a generation whose engine is gone. */
function lost(promptTokens: number, errorMessage: string): GenerationOutcome {
  return {
    finishReason: "error",
    stopString: null,
    errorMessage,
    promptTokens,
    cachedTokens: 0,
    completionTokens: 0,
    reasoningTokens: 0,
    queueMs: 0,
    promptMs: 0,
    decodeMs: 0,
  };
}
