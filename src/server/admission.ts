import type { FastifyRequest } from "fastify";
import { WeirError } from "../errors.js";
import { type Clock, systemClock } from "../gate/clock.js";
import type { GateStatus } from "../gate/gate-status.js";
import type { ModelDirectory, ServedModel } from "../registry/served-model.js";
import type { AdmissionOptions } from "./admission-options.js";
import { type LaneName, ModelGates } from "./model-gates.js";
import { waitingTimeMs } from "./request-timeout.js";

/** What a request asks for, as far as can be told before anything of it is rendered. */
export interface Work {
  readonly lane: LaneName;
  /** Answers, or texts: what takes a place each. */
  readonly places: number;
  /** Answers of a model, and the limit of each in tokens where the request has one. */
  readonly answers: number;
  readonly mostAnswerTokens: number | null;
}

export interface LaneStatus extends GateStatus {
  readonly lane: LaneName;
}

/** A request that was let in. Its places are free again when all of them have left, which its owner sees to. */
export interface Admitted {
  readonly waitedMs: number;
  /** The tokens of its prompts, now that they are known. */
  promptServed(tokens: number): void;
  /** One of its answers has ended. */
  answerServed(tokens: number): void;
  /** Gives up what it still holds. */
  leave(): void;
}

/** Decides who may use a model now, who waits, and who is sent away: before any template is rendered. */
export class Admission {
  readonly #models: ModelDirectory;
  readonly #gates: ModelGates;
  #options: AdmissionOptions;

  constructor(models: ModelDirectory, options: AdmissionOptions, clock: Clock = systemClock) {
    this.#models = models;
    this.#options = options;
    this.#gates = new ModelGates(options, clock);
  }

  /** Takes effect for who comes; who waits keeps the deadline that it was given. */
  set options(options: AdmissionOptions) {
    this.#options = options;
    this.#gates.setOptions(options, this.#models.list());
  }

  /**
   * Waits for a place. Null where the client has left meanwhile.
   *
   * @throws WeirError `queue_full`, `queue_timeout`, `shutting_down`, `invalid_value` for a wrong x-request-timeout
   */
  async enter(
    request: FastifyRequest,
    model: ServedModel,
    work: Work,
    departure: AbortSignal,
  ): Promise<Admitted | null> {
    const { gate, estimate } = this.#gates.lane(model, work.lane);
    const characters = request.bodyCharacters;
    const promptTokens = estimate.promptTokens(characters);
    const answerTokens = work.answers * estimate.answerTokens(work.mostAnswerTokens);
    const pass = await gate.enter({
      flow: { id: request.tenant, weight: 1, priority: "normal" },
      places: work.places,
      promptTokens,
      costTokens: promptTokens + answerTokens,
      timeoutMs: waitingTimeMs(request.headers, this.#options.queueTimeoutMs),
      departure,
    });
    if (pass === null) return null;
    // Nobody counts the tokens of a text that is only rendered or tokenized.
    if (work.lane === "texts") pass.served(promptTokens);
    return {
      waitedMs: pass.waitedMs,
      promptServed: (tokens) => {
        estimate.notePrompt(characters, tokens);
        pass.served(tokens);
      },
      answerServed: (tokens) => {
        estimate.noteAnswer(tokens);
        pass.served(tokens);
        pass.leave(1);
      },
      leave: () => pass.leave(),
    };
  }

  /** The model's lanes, of those that were asked for already. */
  status(model: ServedModel): LaneStatus[] {
    return [...this.#gates.status(model)].map(([lane, status]) => ({ lane, ...status }));
  }

  /** The server goes away: who waits is told so at once. */
  close(): void {
    const reason = new WeirError("shutting_down", "The server is shutting down.");
    this.#gates.close(reason, this.#models.list());
  }
}
