import type { Flow } from "./flow.js";
import { UserTurns } from "./user-turns.js";

interface FlowState<Item> {
  weight: number;
  /** Tokens that the flow was charged, over its weight: its next request starts there in virtual time. */
  start: number;
  readonly waiting: UserTurns<Item>;
}

/** How much a flow has waiting. */
export interface Backlog {
  readonly flow: string;
  /** Waiting items over the flow's weight. */
  readonly share: number;
  readonly weight: number;
  readonly waiting: number;
}

/**
 * Items of several flows, which share what is served by their weights: start-time fair queueing (Goyal, Vin, Cheng 1996),
 * with costs that are charged when they are known (as in Sheng et al., "Fairness in serving large language models", 2024).
 *
 * The next item is that of the flow with the smallest start. A flow that comes back after a pause starts where the others
 * are now: what it did not use is not saved up for it. Flows are remembered for ever, so their names must be few: keys are.
 */
export class FairQueue<Item> {
  readonly #flows = new Map<string, FlowState<Item>>();
  #virtualTime = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(flow: Flow, item: Item): void {
    const state = this.#stateOf(flow);
    if (state.waiting.size === 0) state.start = Math.max(state.start, this.#virtualTime);
    state.waiting.push(flow.user ?? "", item);
    this.#size++;
  }

  /** Takes the item that is next; undefined where none waits. */
  shift(): Item | undefined {
    let next: FlowState<Item> | null = null;
    for (const state of this.#flows.values()) {
      if (state.waiting.size > 0 && (next === null || state.start < next.start)) next = state;
    }
    if (next === null) return undefined;
    this.#virtualTime = Math.max(this.#virtualTime, next.start);
    this.#size--;
    return next.waiting.shift();
  }

  /** Whether something of the flow would go before all that waits; where it is as good as another, it would not. */
  precedes(flow: Flow): boolean {
    const { start } = this.#stateOf(flow);
    for (const state of this.#flows.values())
      if (state.waiting.size > 0 && state.start <= start) return false;
    return true;
  }

  /** An item of the flow is served without having waited: nobody falls behind for what was served while nobody else asked. */
  serve(flow: Flow): void {
    const state = this.#stateOf(flow);
    state.start = Math.max(state.start, this.#virtualTime);
    this.#virtualTime = state.start;
  }

  /** Takes an item out, wherever it is. */
  remove(flow: Flow, item: Item): void {
    const waiting = this.#flows.get(flow.id)?.waiting;
    if (waiting === undefined) return;
    const before = waiting.size;
    waiting.remove(flow.user ?? "", item);
    this.#size -= before - waiting.size;
  }

  /** Tokens that were served to a flow, or will be; less than none gives back what was charged too much. */
  charge(flow: Flow, tokens: number): void {
    const state = this.#stateOf(flow);
    const next = state.start + tokens / state.weight;
    // What is given back does not put the flow before all others: it would keep them waiting for long.
    state.start = tokens < 0 ? Math.max(next, Math.min(state.start, this.#virtualTime)) : next;
  }

  /** Waiting items of a flow. */
  waitingOf(flow: Flow): number {
    return this.#flows.get(flow.id)?.waiting.size ?? 0;
  }

  /** Items of its own flow that go before a newcomer. */
  beforeWithin({ id, user }: Flow): number {
    return this.#flows.get(id)?.waiting.before(user ?? "") ?? 0;
  }

  /** The flow with the most waiting items for its weight; null where none waits. */
  longest(): Backlog | null {
    let longest: Backlog | null = null;
    for (const [flow, { waiting, weight }] of this.#flows) {
      const share = waiting.size / weight;
      if (waiting.size > 0 && (longest === null || share > longest.share))
        longest = { flow, share, weight, waiting: waiting.size };
    }
    return longest;
  }

  /** What waits of a flow: the last of it is what it would lose first. */
  itemsOf(flow: string): readonly Item[] {
    return this.#flows.get(flow)?.waiting.items() ?? [];
  }

  /** Whether displaceableWithin() has any. */
  canDisplaceWithin({ id, user }: Flow): boolean {
    return this.#flows.get(id)?.waiting.canDisplace(user) ?? false;
  }

  /** What of its own flow a newcomer may displace, first what is lost first: see UserTurns. */
  displaceableWithin({ id, user }: Flow): readonly Item[] {
    return this.#flows.get(id)?.waiting.displaceable(user) ?? [];
  }

  /** The flows that have something waiting. */
  *waitingFlows(): Iterable<string> {
    for (const [flow, { waiting }] of this.#flows) if (waiting.size > 0) yield flow;
  }

  /** What waits, flow by flow. */
  *flows(): Iterable<readonly [flow: string, items: readonly Item[]]> {
    for (const flow of this.waitingFlows()) yield [flow, this.itemsOf(flow)];
  }

  #stateOf({ id, weight }: Flow): FlowState<Item> {
    let state = this.#flows.get(id);
    if (state === undefined) {
      state = { weight, start: this.#virtualTime, waiting: new UserTurns() };
      this.#flows.set(id, state);
    }
    // Weights change while the server runs.
    state.weight = weight;
    return state;
  }
}
