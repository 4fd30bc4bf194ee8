import { WeirError } from "#weir/errors.js";
import type { Flow } from "#weir/gate/flow.js";
import { Gate, type GateLimits } from "#weir/gate/gate.js";
import type { Pass } from "#weir/gate/pass.js";
import type { Ticket } from "#weir/gate/ticket.js";
import { FakeClock } from "./fake-clock.js";

export function flow(id = "a", changes: Partial<Flow> = {}): Flow {
  return { id, weight: 1, priority: "normal", ...changes };
}

/** What became of a ticket. */
export interface Visit {
  pass: Pass | null;
  error: WeirError | null;
  /** `departed`: nobody wants the place any more. */
  state: "waiting" | "in" | "refused" | "departed";
  readonly departure: AbortController;
}

/** A gate of one place and ten in the queue, on a clock that stands still. */
export class TestGate {
  readonly clock = new FakeClock();
  readonly gate: Gate;
  /** The flows of those that were let in, in their order. */
  readonly order: string[] = [];

  /** The spread of retries is at its widest. */
  constructor(limits: Partial<GateLimits> = {}) {
    this.gate = new Gate(
      { places: 1, queueSize: 10, queueTokens: 1_000_000, ...limits },
      this.clock,
      () => 1,
    );
  }

  /** Comes with a ticket of one place, 10 tokens of prompt and 20 in all, that waits for a second. */
  async enter(changes: Partial<Ticket> = {}): Promise<Visit> {
    const departure = new AbortController();
    const ticket: Ticket = {
      flow: flow(),
      places: 1,
      isElastic: false,
      promptTokens: 10,
      costTokens: 20,
      timeoutMs: 1_000,
      departure: departure.signal,
      ...changes,
    };
    const visit: Visit = { pass: null, error: null, state: "waiting", departure };
    void this.gate.enter(ticket).then(
      (pass) => {
        visit.pass = pass;
        visit.state = pass === null ? "departed" : "in";
        if (pass !== null) this.order.push(ticket.flow.id);
      },
      (thrown: unknown) => {
        if (!(thrown instanceof WeirError)) throw thrown;
        visit.error = thrown;
        visit.state = "refused";
      },
    );
    await settled();
    return visit;
  }
}

/** Lets promises that are resolved have their effect. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
