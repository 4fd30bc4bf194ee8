import { WeirError } from "../errors.js";
import { ClassQueue } from "./class-queue.js";
import type { Clock } from "./clock.js";
import type { Flow } from "./flow.js";
import type { FlowStatus, GateLoad, GateStatus } from "./gate-status.js";
import { Pass, type PassAccount } from "./pass.js";
import { ServiceTime } from "./service-time.js";

export interface GateLimits {
  /** Places behind the gate: who gets one does not wait here any more. */
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
  readonly promptTokens: number;
  /** All tokens that it will probably cost, of prompts and answers. */
  readonly costTokens: number;
  /** The longest that it waits, ms. */
  readonly timeoutMs: number;
  /** Aborts when nobody waits for the answer any more. */
  readonly departure: AbortSignal;
}

interface Waiter {
  readonly ticket: Ticket;
  readonly arrivedMs: number;
  admit(pass: Pass): void;
  refuse(error: WeirError): void;
  /** Its timer and its listener are taken away. */
  forget(): void;
}

/** Before anything was measured. */
const firstRetryMs = 1_000;
/** The official SDKs take no longer wait from a server. */
const longestRetryMs = 60_000;
const shortestRetryMs = 100;

/**
 * A bounded queue in front of some places. The order behind it is somebody else's; who waits here is let in by class and
 * fair share (class-queue.ts), and knows the longest that it may take.
 */
export class Gate {
  #limits: GateLimits;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #queue = new ClassQueue<Waiter>();
  readonly #serviceTime = new ServiceTime();
  readonly #running = new Map<string, number>();
  #waitingTokens = 0;
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
   * @throws WeirError `queue_full` at once or when somebody with a better right takes the place in the queue, `queue_timeout`,
   * and what close() was given
   */
  enter(ticket: Ticket): Promise<Pass | null> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    if (ticket.departure.aborted) return Promise.resolve(null);
    if (this.#queue.size === 0 && this.#busy < this.#limits.places) {
      this.#queue.serve(ticket.flow);
      return Promise.resolve(this.#pass(ticket, this.#clock.now()));
    }
    if (!this.#makeRoom(ticket)) return Promise.reject(this.#queueFull());
    return new Promise((resolve, reject) => this.#wait(ticket, resolve, reject));
  }

  /** The error of somebody who could not even wait; null where he may find room. */
  refusalOf(flow: Flow): WeirError | null {
    const isFull = this.#queue.size >= this.#limits.queueSize && this.#busy >= this.#limits.places;
    return isFull && this.#queue.displaceable(flow).length === 0 ? this.#queueFull() : null;
  }

  /** Refuses who waits and who comes; who is in goes on. */
  close(reason: WeirError): void {
    this.#closed = reason;
    for (const waiter of this.#waiters()) this.#dismiss(waiter, reason);
  }

  load(): GateLoad {
    return {
      ...this.#limits,
      busy: this.#busy,
      waiting: this.#queue.size,
      waitingTokens: this.#waitingTokens,
      requestsPerSecond: this.#serviceTime.requestsPerSecond(this.#limits.places),
    };
  }

  status(): GateStatus {
    const nowMs = this.#clock.now();
    const flows: FlowStatus[] = [];
    const ids = new Set([...this.#running.keys(), ...[...this.#queue.flows()].map(([id]) => id)]);
    for (const id of ids) {
      const waiters = [...this.#queue.flows()].flatMap(([flow, items]) => (flow === id ? [...items] : []));
      const oldestMs = Math.min(nowMs, ...waiters.map(({ arrivedMs }) => arrivedMs));
      const running = this.#running.get(id) ?? 0;
      flows.push({ id, running, waiting: waiters.length, longestWaitMs: nowMs - oldestMs });
    }
    return { ...this.load(), flows };
  }

  #wait(ticket: Ticket, resolve: (pass: Pass | null) => void, reject: (error: WeirError) => void): void {
    const leave = (): void => {
      this.#remove(waiter);
      resolve(null);
    };
    const expire = (): void => this.#dismiss(waiter, this.#timedOut(ticket.timeoutMs));
    const stopTimer = this.#clock.after(ticket.timeoutMs, expire);
    ticket.departure.addEventListener("abort", leave, { once: true });
    const waiter: Waiter = {
      ticket,
      arrivedMs: this.#clock.now(),
      admit: resolve,
      refuse: reject,
      forget: () => {
        stopTimer();
        ticket.departure.removeEventListener("abort", leave);
      },
    };
    this.#queue.push(ticket.flow, waiter);
    this.#waitingTokens += ticket.promptTokens;
    this.#letIn();
  }

  #letIn(): void {
    while (this.#busy < this.#limits.places) {
      const waiter = this.#queue.shift();
      if (waiter === undefined) return;
      this.#waitingTokens -= waiter.ticket.promptTokens;
      waiter.forget();
      waiter.admit(this.#pass(waiter.ticket, waiter.arrivedMs));
    }
  }

  #pass({ flow, places, costTokens }: Ticket, arrivedMs: number): Pass {
    this.#busy += places;
    this.#running.set(flow.id, (this.#running.get(flow.id) ?? 0) + places);
    this.#queue.charge(flow, costTokens);
    const keeper = {
      free: (freed: number) => {
        this.#busy -= freed;
        const left = (this.#running.get(flow.id) ?? 0) - freed;
        if (left > 0) this.#running.set(flow.id, left);
        else this.#running.delete(flow.id);
        this.#letIn();
      },
      settle: ({ extraTokens, heldMs, placeMs }: PassAccount) => {
        this.#queue.charge(flow, extraTokens);
        // A request may take more places than there are.
        this.#serviceTime.note(Math.min(placeMs, this.#limits.places * heldMs));
      },
    };
    const waitedMs = this.#clock.now() - arrivedMs;
    return new Pass(keeper, () => this.#clock.now(), { waitedMs, places, chargedTokens: costTokens });
  }

  /** Whether the queue has room now: those that must make it are sent away, or nobody if that would not do. */
  #makeRoom({ flow, promptTokens }: Ticket): boolean {
    const displaced: Waiter[] = [];
    let waiting = this.#queue.size;
    let tokens = this.#waitingTokens;
    const { queueSize, queueTokens } = this.#limits;
    // A prompt that is larger than the whole queue may wait in an empty one; otherwise nobody could ever send it.
    const isFull = (): boolean =>
      waiting >= queueSize || (waiting > 0 && tokens + promptTokens > queueTokens);
    if (!isFull()) return true;
    for (const waiter of this.#queue.displaceable(flow)) {
      displaced.push(waiter);
      waiting--;
      tokens -= waiter.ticket.promptTokens;
      if (isFull()) continue;
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
    this.#waitingTokens -= waiter.ticket.promptTokens;
    waiter.forget();
  }

  #waiters(): Waiter[] {
    return [...this.#queue.flows()].flatMap(([, items]) => [...items]);
  }

  #queueFull(): WeirError {
    const { queueSize, queueTokens } = this.#limits;
    const waiting = `${this.#queue.size} requests with about ${this.#waitingTokens} prompt tokens wait`;
    const message = `The server is busy: ${waiting}, and the limits are ${queueSize} requests and ${queueTokens} tokens. Try again later.`;
    return new WeirError("queue_full", message, { retryAfterMs: this.#retryAfterMs() });
  }

  #timedOut(timeoutMs: number): WeirError {
    const message = `The server is busy: this request waited ${timeoutMs / 1000} s for its turn, and may wait no longer. Try again later.`;
    return new WeirError("queue_timeout", message, { retryAfterMs: this.#retryAfterMs() });
  }

  /**
   * In half to all of the time that those who wait now will take: by then there is room, and those that were refused do
   * not come back all at once.
   */
  #retryAfterMs(): number {
    const rate = this.#serviceTime.requestsPerSecond(this.#limits.places);
    if (rate === null) return firstRetryMs;
    const drainMs = (1000 * Math.max(1, this.#queue.size)) / rate;
    const spreadMs = drainMs * (0.5 + 0.5 * this.#random());
    return Math.round(Math.min(longestRetryMs, Math.max(shortestRetryMs, spreadMs)));
  }
}
