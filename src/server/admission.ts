import type { FastifyReply, FastifyRequest } from "fastify";
import { messageOf, WeirError } from "../errors.js";
import type { Usage } from "../gate/account.js";
import { Accounts } from "../gate/accounts.js";
import { type Clock, systemClock } from "../gate/clock.js";
import type { GateLoad, GateStatus } from "../gate/gate-status.js";
import type { PrefixMarks } from "../registry/prefix-marks.js";
import type { ModelDirectory, ServedInstance, ServedModel } from "../registry/served-model.js";
import type { AdmissionOptions } from "./admission-options.js";
import { Admitted } from "./admitted.js";
import { leaseFor } from "./lease-wait.js";
import { type LaneName, ModelGates } from "./model-gates.js";
import { modelFailed, shuttingDown } from "./model-lookup.js";
import { rateHeaders } from "./rate-headers.js";
import { waitingTimeMs } from "./request-timeout.js";

/** What a request asks for, as far as can be told before anything of it is rendered. */
export interface Work {
  readonly lane: LaneName;
  /** Who of those behind its key asks; the empty text where that was not told. */
  readonly user: string;
  /** Answers, or texts: what takes a place each. */
  readonly places: number;
  /** Answers of a model, and the limit of each in tokens where the request has one. */
  readonly answers: number;
  readonly mostAnswerTokens: number | null;
  /** Asked where the model has replicas, once the request is let in. */
  readonly marks?: () => PrefixMarks;
}

export interface LaneStatus extends GateStatus {
  readonly lane: LaneName;
}

export interface LaneLoad extends GateLoad {
  readonly lane: LaneName;
}

/** Decides who may use a model now, who waits, and who is sent away: before any template is rendered. */
export class Admission {
  readonly #models: ModelDirectory;
  readonly #gates: ModelGates;
  readonly #accounts: Accounts;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #options: AdmissionOptions;

  constructor(models: ModelDirectory, options: AdmissionOptions, clock: Clock = systemClock) {
    this.#models = models;
    this.#options = options;
    this.#clock = clock;
    this.#gates = new ModelGates(options, clock);
    this.#accounts = new Accounts(clock);
  }

  /** Takes effect for who comes; who waits keeps the deadline that it was given. */
  set options(options: AdmissionOptions) {
    this.#options = options;
    this.#gates.setOptions(options, this.#models.list());
  }

  /**
   * Waits for a place and an instance. Null where the client has left meanwhile. The reply gets the headers about the key's
   * limits.
   *
   * @throws WeirError `queue_full`, `queue_timeout`, `rate_limit_exceeded`, `concurrency_limit`, `shutting_down`,
   * `invalid_value` for a wrong x-request-timeout, `invalid_api_key` where its key was revoked while it waited
   */
  async enter<Instance extends ServedInstance>(
    request: FastifyRequest,
    reply: FastifyReply,
    model: ServedModel<Instance>,
    work: Work,
    departure: AbortSignal,
  ): Promise<Admitted<Instance> | null> {
    const timeoutMs = waitingTimeMs(request.headers, this.#options.queueTimeoutMs);
    const { caller, bodyCharacters: characters } = request;
    const { gate, estimate } = this.#gates.lane(model, work.lane);
    // What does not fit is refused once its tokens are counted, and must not keep others out meanwhile. Texts have no such limit.
    const most = work.lane === "texts" ? Number.POSITIVE_INFINITY : model.facts.contextTokens * work.places;
    const promptTokens = Math.min(estimate.promptTokens(characters), most);
    const costTokens = promptTokens + work.answers * estimate.answerTokens(work.mostAnswerTokens);
    model.want();
    // Who waits for it is told so too; texts need no engine.
    if (model.state === "failed" && model.instances.length === 0) throw modelFailed(model);
    const account = this.#accounts.of(caller.id);
    let isOpen = false;
    try {
      account.open(caller.limits, costTokens);
      isOpen = true;
      const ticket = {
        flow: { ...caller, user: work.user },
        places: work.places,
        isElastic: work.lane === "answers",
        promptTokens,
        costTokens,
        timeoutMs,
        departure,
        objection: () => objectionTo(request),
      };
      const pass = await gate.enter(ticket);
      const clock = this.#clock;
      const closing = this.#closing.signal;
      const marks = work.marks ?? (() => []);
      const lease = pass === null ? null : await leaseFor(model, { pass, departure, closing, clock, marks });
      if (pass === null || lease === null) {
        account.giveUp(costTokens);
        return null;
      }
      account.begin();
      return new Admitted(pass, lease, account, estimate, { characters, promptTokens, costTokens });
    } catch (thrown) {
      if (isOpen) account.giveUp(costTokens);
      if (thrown instanceof WeirError) account.refused(thrown.code);
      throw thrown;
    } finally {
      reply.headers(rateHeaders(account, caller.limits));
    }
  }

  /**
   * For before a request is read.
   *
   * @throws WeirError `queue_full`, where it would be refused whatever it is
   */
  refuseIfFull(request: FastifyRequest, reply: FastifyReply, model: ServedModel, lane: LaneName): void {
    const { caller } = request;
    const refusal = this.#gates.lane(model, lane).gate.refusalOf(caller);
    if (refusal === null) return;
    const account = this.#accounts.of(caller.id);
    account.refused(refusal.code);
    reply.headers(rateHeaders(account, caller.limits));
    throw refusal;
  }

  /** The model's lanes, of those that were asked for already. */
  status(model: ServedModel): LaneStatus[] {
    return [...this.#gates.status(model)].map(([lane, status]) => ({ lane, ...status }));
  }

  /** How full the model's lanes are. */
  load(model: ServedModel): LaneLoad[] {
    return this.#gates.load(model).map(([lane, load]) => ({ lane, ...load }));
  }

  /** What each key has used that has asked for something. */
  usage(): (readonly [id: string, usage: Usage])[] {
    return this.#accounts.ids.map((id) => [id, this.#accounts.of(id).usage()]);
  }

  /** The server goes away: who waits is told so at once. */
  close(): void {
    this.#gates.close(shuttingDown(), this.#models.list());
    this.#closing.abort();
  }
}

/** Its key may have been revoked, or have ended, while it waited. */
function objectionTo(request: FastifyRequest): WeirError | null {
  try {
    request.identify();
    return null;
  } catch (thrown) {
    // It is asked while somebody else leaves, whom an error must not reach.
    if (thrown instanceof WeirError) return thrown;
    return new WeirError("internal_error", messageOf(thrown), { cause: thrown });
  }
}
