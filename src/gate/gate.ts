import type { WeirError } from "../errors.js";
import { ClassQueue } from "./class-queue.js";
import type { Clock } from "./clock.js";
import type { Flow } from "./flow.js";
import { queueFull, retryAfterMs, timedOut, tooLate } from "./gate-refusals.js";
import { flowStatuses, type GateLoad, type GateStatus } from "./gate-status.js";
import { GrowingPasses } from "./growing-passes.js";
import { Pass, type PassAccount } from "./pass.js";
import { Places } from "./places.js";
import { ServiceTime } from "./service-time.js";
import type { Ticket } from "./ticket.js";
import type { Waiter } from "./waiter.js";
import { WaitingLoad } from "./waiting-load.js";

export interface GateLimits {
  /** Places behind the gate: who gets one does not wait here any more. None: nobody is let in for now. */
  readonly places: number;
  /** Requests that wait, and the tokens of their prompts, as far as can be told. */
  readonly queueSize: number;
  readonly queueTokens: number;
}

/** The rate is an average of the past: a newcomer must seem to be late by half as much again to be sent away. */
const latenessMargin = 1.5;

/**
 * A bounded queue in front of some places. The order behind it is somebody else's; who waits here is let in by class and
 * fair share (class-queue.ts). The longest that he may wait holds here, and behind the gate until he is worked for (pass.ts).
 */
export class Gate {
  #limits: GateLimits;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #queue = new ClassQueue<Waiter>();
  readonly #serviceTime = new ServiceTime();
  readonly #places = new Places();
  readonly #load = new WaitingLoad();
  readonly #growing = new GrowingPasses();
  #closed: WeirError | null = null;

  /** @param random 0 … 1, spreads the times at which those that were refused come back */
  constructor(limits: GateLimits, clock: Clock, random: () => number = Math.random) {
    this.#limits = limits;
    this.#clock = clock;
    this.#random = random;
  }

  /** Who waits already goes on waiting. */
  set limits(limits: GateLimits) {
    this.#limits = limits;
    this.#letIn();
  }

  /**
   * Resolves when there is a place; null where nobody wants it any more.
   *
   * @throws WeirError `queue_full` at once, where there is no room or its turn would come too late, or when somebody with a
   * better right takes the place in the queue; `queue_timeout`; and what close() was given
   */
  enter(ticket: Ticket): Promise<Pass | null> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    if (ticket.departure.aborted) return Promise.resolve(null);
    if (this.#queue.size === 0 && this.#hasFreePlace) {
      this.#queue.serve(ticket.flow);
      return Promise.resolve(this.#pass(ticket, this.#clock.now()));
    }
    const lateness = this.#lateness(ticket);
    if (lateness !== null) return Promise.reject(lateness);
    if (!this.#makeRoom(ticket)) return Promise.reject(this.#queueFull());
    return new Promise((resolve, reject) => this.#wait(ticket, resolve, reject));
  }

  /** The error of somebody who could not even wait; null where he may find room. */
  refusalOf(flow: Flow): WeirError | null {
    const isFull = this.#queue.size >= this.#limits.queueSize && !this.#hasFreePlace;
    return isFull && !this.#queue.canDisplace(flow) ? this.#queueFull() : null;
  }

  /** Refuses who waits and who comes; who is in goes on. */
  close(reason: WeirError): void {
    this.#closed = reason;
    this.refuseWaiting(reason);
  }

  /** Refuses who waits; who comes may wait again. */
  refuseWaiting(reason: WeirError): void {
    for (const waiter of this.#waiters()) this.#dismiss(waiter, reason);
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#queue.size;
  }

  load(): GateLoad {
    return {
      ...this.#limits,
      busy: this.#places.busy,
      prepared: this.#places.prepared,
      waiting: this.waiting,
      waitingTokens: this.#load.tokens,
      requestsPerSecond: this.#rate(),
    };
  }

  status(): GateStatus {
    const flows = flowStatuses(this.#places.holds(), this.#queue.flows(), this.#clock.now());
    return { ...this.load(), flows };
  }

  #wait(ticket: Ticket, resolve: (pass: Pass | null) => void, reject: (error: WeirError) => void): void {
    const leave = (): void => {
      this.#remove(waiter);
      resolve(null);
    };
    const expire = (): void => this.#dismiss(waiter, timedOut(ticket.timeoutMs, this.#retryAfterMs()));
    const stopTimer = this.#clock.after(ticket.timeoutMs, expire);
    ticket.departure.addEventListener("abort", leave, { once: true });
    const waiter: Waiter = {
      ticket,
      arrivedMs: this.#clock.now(),
      promptTokens: ticket.promptTokens,
      costTokens: ticket.costTokens,
      isOversized: ticket.promptTokens > this.#limits.queueTokens,
      admit: resolve,
      refuse: reject,
      forget: () => {
        stopTimer();
        ticket.departure.removeEventListener("abort", leave);
      },
    };
    this.#queue.push(ticket.flow, waiter);
    this.#load.add(waiter);
    this.#letIn();
  }

  get #hasFreePlace(): boolean {
    return this.#places.busy < this.#limits.places;
  }

  #letIn(): void {
    while (this.#hasFreePlace) {
      const isTurnOf = (flow: Flow): boolean => this.#queue.isTurnOf(flow);
      if (this.#growing.offer(isTurnOf, () => this.#places.busy)) continue;
      const waiter = this.#queue.shift();
      if (waiter === undefined) return;
      this.#load.remove(waiter);
      waiter.forget();
      const objection = waiter.ticket.objection?.() ?? null;
      if (objection !== null) waiter.refuse(objection);
      else waiter.admit(this.#pass(waiter.ticket, waiter.arrivedMs));
    }
  }

  #pass(ticket: Ticket, arrivedMs: number): Pass {
    const { flow, costTokens, timeoutMs, departure } = ticket;
    const places = this.#placesFor(ticket);
    // What goes on with further answers is charged for each as it comes.
    const chargedTokens = (costTokens * places) / ticket.places;
    this.#places.take(flow.id, places);
    this.#queue.charge(flow, chargedTokens);
    const keeper = {
      begin: (begun: number) => this.#places.begin(flow.id, begun),
      free: (freed: number, begun: number) => {
        this.#places.free(flow.id, freed, begun);
        this.#letIn();
      },
      grow: () => {
        if (!this.#hasFreePlace || !this.#queue.takesTurn(flow)) return false;
        this.#places.take(flow.id, 1);
        return true;
      },
      goOn: () => this.#queue.takesTurn(flow),
      offer: (take: (() => void) | null) => this.#growing.set(keeper, flow, take),
      charge: (tokens: number) => this.#queue.charge(flow, tokens),
      timedOut: () => timedOut(timeoutMs, this.#retryAfterMs()),
      settle: ({ extraTokens, heldMs, placeMs }: PassAccount) => {
        this.#queue.charge(flow, extraTokens);
        const { places: gatePlaces } = this.#limits;
        // How long one holds its places whose client has left, or whose engine has failed, says nothing of the others.
        if (departure.aborted || gatePlaces === 0) return;
        // A request may take more places than there are.
        this.#serviceTime.note(Math.min(placeMs, gatePlaces * heldMs), costTokens);
      },
    };
    const waitedMs = this.#clock.now() - arrivedMs;
    return new Pass(keeper, () => this.#clock.now(), { waitedMs, timeoutMs, places, chargedTokens });
  }

  #placesFor({ places, isElastic }: Ticket): number {
    if (!isElastic) return places;
    const free = this.#queue.size > 0 ? 1 : this.#limits.places - this.#places.busy;
    return Math.min(places, Math.max(1, free));
  }

  /** Whether the queue has room now: those that must make it are sent away, or nobody if that would not do. */
  #makeRoom({ flow, promptTokens }: Ticket): boolean {
    const left = this.#load.copy();
    if (!left.isFullFor(promptTokens, this.#limits)) return true;
    const displaced: Waiter[] = [];
    for (const waiter of this.#queue.displaceable(flow)) {
      displaced.push(waiter);
      left.remove(waiter);
      if (left.isFullFor(promptTokens, this.#limits)) continue;
      for (const loser of displaced) this.#dismiss(loser, this.#queueFull());
      return true;
    }
    return false;
  }

  #dismiss(waiter: Waiter, reason: WeirError): void {
    this.#remove(waiter);
    waiter.refuse(reason);
  }

  #remove(waiter: Waiter): void {
    this.#queue.remove(waiter.ticket.flow, waiter);
    this.#load.remove(waiter);
    waiter.forget();
  }

  #waiters(): Waiter[] {
    return [...this.#queue.flows()].flatMap(([, items]) => [...items]);
  }

  #queueFull(): WeirError {
    const waiting = { requests: this.#queue.size, tokens: this.#load.tokens };
    return queueFull(waiting, this.#limits, this.#retryAfterMs());
  }

  /** Why a newcomer could as well be told at once that it would wait in vain; null unless that is almost certain. */
  #lateness({ flow, timeoutMs }: Ticket): WeirError | null {
    const rate = this.#serviceTime.isTrusted ? this.#rate() : null;
    if (rate === null) return null;
    const isLate = (before: number): boolean => (1000 * before) / rate > latenessMargin * timeoutMs;
    // Counting those before it takes a while where they are of many users; they are some of all.
    if (!isLate(this.#queue.size)) return null;
    const before = this.#queue.beforeWithin(flow);
    return isLate(before) ? tooLate((1000 * before) / rate, timeoutMs, this.#retryAfterMs()) : null;
  }

  #retryAfterMs(): number {
    const drainMs = this.#serviceTime.drainMs(this.#load.costTokens, this.#limits.places);
    return retryAfterMs(drainMs, this.#random());
  }

  /** Requests a second; null before anything was measured. */
  #rate(): number | null {
    return this.#serviceTime.requestsPerSecond(this.#limits.places);
  }
}
