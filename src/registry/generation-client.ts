import { fileURLToPath } from "node:url";
import type { GenerationHandle, GenerationRequest, GenerationSink } from "../engine/generation.js";
import { engineFailure } from "../engine/generation-failure.js";
import { lostOutcome } from "../engine/lost-outcome.js";
import type { StepEvents } from "../engine/step-events.js";
import { EngineChannel } from "./engine-channel.js";
import type { Absence, EngineClient, EngineWatch } from "./engine-keeper.js";
import type { GenerationFacts, GenerationInspection, GenerationThreadData } from "./generation-message.js";
import { absentOutcome, GenerationSinks } from "./generation-sinks.js";

const threadFile = fileURLToPath(new URL("./generation-thread.js", import.meta.url));

type Channel = EngineChannel<GenerationRequest, StepEvents, GenerationFacts, GenerationInspection>;

export interface GenerationHooks extends EngineWatch {
  /** A sink threw: a defect of the caller. */
  onSinkError(thrown: unknown): void;
}

/** What the main thread asks of a generating engine. */
export class GenerationClient implements EngineClient<GenerationFacts> {
  readonly #channel: Channel;
  readonly #sinks: GenerationSinks;

  /**
   * Starts the thread and waits until its context is made.
   *
   * @throws WeirError `context_failed`, `invalid_argument` or `engine_failed`
   */
  static async start(data: GenerationThreadData, hooks: GenerationHooks): Promise<GenerationClient> {
    const sinks = new GenerationSinks((thrown) => hooks.onSinkError(thrown));
    const channel: Channel = await EngineChannel.start(threadFile, data, {
      onEvents: (events: StepEvents) => {
        // Before the places of what has failed are given back: others would get them.
        if (events.hasFailed || events.hasWorked) hooks.onPass(events.hasFailed);
        sinks.deliver(events);
      },
      onEnd: (reason) => sinks.endAll(lostOutcome(0, engineFailure(reason))),
      onDeath: (reason) => hooks.onDeath(reason),
    });
    return new GenerationClient(channel, sinks);
  }

  private constructor(channel: Channel, sinks: GenerationSinks) {
    this.#channel = channel;
    this.#sinks = sinks;
  }

  get facts(): GenerationFacts {
    return this.#channel.facts;
  }

  generate(request: GenerationRequest, sink: GenerationSink): GenerationHandle {
    const { endReason } = this.#channel;
    if (endReason !== null) {
      const { promptTokens } = request;
      queueMicrotask(() => sink.onFinish(lostOutcome(promptTokens.length, engineFailure(endReason))));
      return { cancel: () => {} };
    }
    const id = this.#channel.newId();
    this.#sinks.add(id, sink);
    this.#channel.submit(id, request);
    return {
      cancel: () => {
        if (this.#sinks.has(id)) this.#channel.cancel(id);
      },
    };
  }

  /** The slot table and the counters between two steps. */
  inspect(): Promise<GenerationInspection> {
    return this.#channel.inspect();
  }

  /** What has no slot yet ends with `shutting_down`, and so does what comes. */
  drain(): void {
    this.#channel.drain();
  }

  abandon(absence: Absence): void {
    this.#sinks.endAll(absentOutcome(0, absence));
  }

  close(): Promise<void> {
    return this.#channel.close();
  }
}
