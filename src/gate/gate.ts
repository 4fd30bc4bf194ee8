import type { WeirError } from "../errors.js";
import { ClassQueue } from "./class-queue.js";
import type { Clock } from "./clock.js";
import type { Flow } from "./flow.js";
import { queueFull, retryAfterMs, timedOut, tooLate } from "./gate-refusals.js";
import type { FlowStatus, GateLoad, GateStatus } from "./gate-status.js";
import { GrowingPasses } from "./growing-passes.js";
import { Pass, type PassAccount } from "./pass.js";
import { ServiceTime } from "./service-time.js";
import { type Load, WaitingLoad } from "./waiting-load.js";

export interface GateLimits {
  /** Places behind the gate: who gets one does not wait here any more. None: nobody is let in for now. */
  readonly places: number;
  /** Requests that wait, and the tokens of their prompts, as far as can be told. */
  readonly queueSize: number;
  readonly queueTokens: number;
}

/** What somebody brings who wants to pass. */
export interface Ticket {
  readonly flow: Flow;
  /** How many places it takes; it passes as soon as one is free. */
  readonly places: number;
  /** It begins with those that are free, one if others wait, and takes more and gives back as it goes on (Pass.grow, Pass.goOn). */
  readonly isElastic: boolean;
  readonly promptTokens: number;
  /** All tokens that it will probably cost, of prompts and answers. */
  readonly costTokens: number;
  /** The longest that it waits, ms: here, and for whoever works for it. */
  readonly timeoutMs: number;
  /** Aborts when nobody waits for the answer any more. */
  readonly departure: AbortSignal;
  /** Asked when its turn comes after it has waited: why it must not pass after all. */
  readonly objection?: () => WeirError | null;
}

interface Waiter extends Load {
  readonly ticket: Ticket;
  readonly arrivedMs: number;
  admit(pass: Pass): void;
  refuse(error: WeirError): void;
  /** Its timer and its listener are taken away. */
  forget(): void;
}

const idle = { running: 0, prepared: 0, waiting: 0, longestWaitMs: 0 };

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
  /** Of each flow, the places that it holds, and those of them that are worked for. */
  readonly #holds = new Map<string, { held: number; begun: number }>();
  readonly #load = new WaitingLoad();
  readonly #growing = new GrowingPasses();
  #busy = 0;
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
    if (this.#queue.size === 0 && this.#busy < this.#limits.places) {
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
    const isFull = this.#queue.size >= this.#limits.queueSize && this.#busy >= this.#limits.places;
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

  load(): GateLoad {
    return {
      ...this.#limits,
      busy: this.#busy,
      prepared: [...this.#holds.values()].reduce((sum, { held, begun }) => sum + held - begun, 0),
      waiting: this.#queue.size,
      waitingTokens: this.#load.tokens,
      requestsPerSecond: this.#rate(),
    };
  }

  status(): GateStatus {
    const nowMs = this.#clock.now();
    const flows = new Map<string, FlowStatus>();
    for (const [id, { held, begun }] of this.#holds)
      flows.set(id, { id, running: begun, prepared: held - begun, waiting: 0, longestWaitMs: 0 });
    for (const [id, waiters] of this.#queue.flows()) {
      const oldestMs = waiters.reduce((oldest, { arrivedMs }) => Math.min(oldest, arrivedMs), nowMs);
      const { running, prepared, waiting, longestWaitMs } = flows.get(id) ?? idle;
      flows.set(id, {
        id,
        running,
        prepared,
        waiting: waiting + waiters.length,
        longestWaitMs: Math.max(longestWaitMs, nowMs - oldestMs),
      });
    }
    return { ...this.load(), flows: [...flows.values()] };
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

  #letIn(): void {
    while (this.#busy < this.#limits.places) {
      const isTurnOf = (flow: Flow): boolean => this.#queue.isTurnOf(flow);
      if (this.#growing.offer(isTurnOf, () => this.#busy)) continue;
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
    this.#busy += places;
    const hold = this.#holds.get(flow.id) ?? { held: 0, begun: 0 };
    this.#holds.set(flow.id, hold);
    hold.held += places;
    this.#queue.charge(flow, chargedTokens);
    const keeper = {
      begin: (begun: number) => {
        hold.begun += begun;
      },
      free: (freed: number, begun: number) => {
        this.#busy -= freed;
        hold.held -= freed;
        hold.begun -= begun;
        if (hold.held === 0) this.#holds.delete(flow.id);
        this.#letIn();
      },
      grow: () => {
        if (this.#busy >= this.#limits.places || !this.#queue.takesTurn(flow)) return false;
        this.#busy++;
        hold.held++;
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
    return new Pass(keeper, () => this.#clock.now(), {
      waitedMs,
      timeoutMs,
      places,
      chargedTokens,
    });
  }

  #placesFor({ places, isElastic }: Ticket): number {
    if (!isElastic) return places;
    const free = this.#queue.size > 0 ? 1 : this.#limits.places - this.#busy;
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
