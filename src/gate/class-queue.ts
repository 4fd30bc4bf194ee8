import { FairQueue } from "./fair-queue.js";
import { type Flow, priorities } from "./flow.js";

/** After so many items of higher classes in a row, a class that waits is served once: it gets an eighth at least. */
const patience = 7;

interface ClassState<Item> {
  readonly queue: FairQueue<Item>;
  /** Items of higher classes that were taken since this class, which waits, was served last. */
  passedOver: number;
}

/**
 * A fair queue for each class of priority. A higher class goes before a lower one, except that nobody starves: where both
 * wait, `normal` gets every eighth turn beside `high`, and `low` at least every ninth beside the two.
 */
export class ClassQueue<Item> {
  readonly #classes: readonly ClassState<Item>[] = priorities.map(() => ({
    queue: new FairQueue<Item>(),
    passedOver: 0,
  }));

  get size(): number {
    return this.#classes.reduce((sum, { queue }) => sum + queue.size, 0);
  }

  push(flow: Flow, item: Item): void {
    this.#queueOf(flow).push(flow, item);
  }

  shift(): Item | undefined {
    const waiting = this.#classes.filter(({ queue }) => queue.size > 0);
    const next = waiting.find(({ passedOver }) => passedOver >= patience) ?? waiting[0];
    if (next === undefined) return undefined;
    for (const state of waiting.slice(waiting.indexOf(next) + 1)) state.passedOver++;
    next.passedOver = 0;
    return next.queue.shift();
  }

  /** Whether it is the flow's turn before all that waits, by class and share. */
  isTurnOf(flow: Flow): boolean {
    const own = priorities.indexOf(flow.priority);
    const isPassed = this.#classes.some(
      ({ queue, passedOver }, index) => queue.size > 0 && (index < own || passedOver >= patience),
    );
    return !isPassed && this.#queueOf(flow).precedes(flow);
  }

  /** The same. It is taken as served then: a lower class that waits was passed over once more. */
  takesTurn(flow: Flow): boolean {
    if (!this.isTurnOf(flow)) return false;
    const lower = this.#classes.slice(priorities.indexOf(flow.priority) + 1);
    for (const state of lower) if (state.queue.size > 0) state.passedOver++;
    return true;
  }

  serve(flow: Flow): void {
    this.#queueOf(flow).serve(flow);
  }

  remove(flow: Flow, item: Item): void {
    this.#queueOf(flow).remove(flow, item);
  }

  charge(flow: Flow, tokens: number): void {
    this.#queueOf(flow).charge(flow, tokens);
  }

  /**
   * Who must leave a full queue for a newcomer, newest first: those of lower classes, the lowest first; then of the flow of its
   * own class that has the most waiting for its weight, as long as that remains more than the newcomer's flow has with it; then
   * those of its own flow whose users have more waiting than the newcomer's. Whoever fills the queue fills his own part of it.
   * As far as it is asked for; the queue must not change meanwhile.
   */
  *displaceable(newcomer: Flow): Iterable<Item> {
    for (const queue of this.#lowerThan(newcomer).toReversed()) yield* newestFirst(queue);
    const own = this.#queueOf(newcomer);
    const { flow, spare } = this.#spareFor(newcomer);
    if (spare > 0) yield* own.itemsOf(flow).toReversed().slice(0, spare);
    if (own.canDisplaceWithin(newcomer)) yield* own.displaceableWithin(newcomer);
  }

  /** Whether displaceable() has any: told without a look at what waits, which may be a lot. */
  canDisplace(newcomer: Flow): boolean {
    return (
      this.#lowerThan(newcomer).some(({ size }) => size > 0) ||
      this.#spareFor(newcomer).spare > 0 ||
      this.#queueOf(newcomer).canDisplaceWithin(newcomer)
    );
  }

  /** How many will be served before a newcomer, whatever other flows do: those of its user, and as many of each other user. */
  beforeWithin(newcomer: Flow): number {
    return this.#queueOf(newcomer).beforeWithin(newcomer);
  }

  /** How many the flow of the newcomer's class that has the most waiting can spare for it. */
  #spareFor(newcomer: Flow): { readonly flow: string; readonly spare: number } {
    const backlog = this.#queueOf(newcomer).longest();
    if (backlog === null || backlog.flow === newcomer.id) return { flow: newcomer.id, spare: 0 };
    const share = (this.#queueOf(newcomer).waitingOf(newcomer) + 1) / newcomer.weight;
    return { flow: backlog.flow, spare: Math.max(0, Math.ceil(backlog.waiting - share * backlog.weight)) };
  }

  #lowerThan({ priority }: Flow): readonly FairQueue<Item>[] {
    return this.#classes.slice(priorities.indexOf(priority) + 1).map(({ queue }) => queue);
  }

  /** What waits, class by class and flow by flow. */
  *flows(): Iterable<readonly [flow: string, items: readonly Item[]]> {
    for (const { queue } of this.#classes) yield* queue.flows();
  }

  #queueOf({ priority }: Flow): FairQueue<Item> {
    const state = this.#classes[priorities.indexOf(priority)];
    if (state === undefined) throw new RangeError(`there is no class ${priority}`);
    return state.queue;
  }
}

/** Of a class, the flow that has the most waiting for its weight first. */
function* newestFirst<Item>(queue: FairQueue<Item>): Iterable<Item> {
  const longest = queue.longest()?.flow;
  const flows = [...queue.waitingFlows()].sort((a, b) => Number(b === longest) - Number(a === longest));
  for (const flow of flows) yield* queue.itemsOf(flow).toReversed();
}
