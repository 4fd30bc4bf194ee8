import { EventEmitter } from "node:events";
import { addUp, type EngineCounters, ended } from "../engine/engine-counters.js";
import { WeirError } from "../errors.js";
import { endsWithin } from "./ends-within.js";
import type { LoadedModel } from "./instance-start.js";
import type { LeasedInstance } from "./leased-instance.js";
import { countersOf } from "./loaded-counters.js";
import { chooseReplica, PrefixAffinity } from "./prefix-affinity.js";
import type { PrefixMarks } from "./prefix-marks.js";
import { factsOf } from "./served-facts.js";
import type { Lease, ServedFacts } from "./served-model.js";

export type LeasedModel = LeasedInstance<LoadedModel>;

/** What freeing takes, very generously: an engine that has not ended by then hangs. */
const freeingMs = 30_000;

/** An engine that does not say within this time what it has counted is closed all the same. */
const countersMs = 2_000;

/** What is loaded of one model: the instances that new requests get, and those that go away when their last request has left. */
export class InstanceSet {
  readonly #events = new EventEmitter().setMaxListeners(0);
  #present: readonly LeasedModel[] = [];
  /** Taken out, and not freed yet. */
  #leaving: readonly LeasedModel[] = [];
  #isHeldBack = false;
  #facts: ServedFacts | null = null;
  readonly #affinity = new PrefixAffinity<LoadedModel>();
  /** Of those that were closed. */
  #past: EngineCounters | null = null;

  /** Those that new requests get, or would get if they were not held back. */
  get present(): readonly LeasedModel[] {
    return this.#present;
  }

  /** All that take memory. */
  get all(): readonly LeasedModel[] {
    return [...this.#present, ...this.#leaving];
  }

  /** Those that new requests get. */
  get open(): readonly LeasedModel[] {
    return this.#isHeldBack ? [] : this.#present;
  }

  /** Null before the first instance has come. */
  get facts(): ServedFacts | null {
    return this.#facts;
  }

  /** What its first instance will be. */
  expect(facts: ServedFacts): void {
    this.#facts = facts;
    this.changed();
  }

  get leases(): number {
    return this.all.reduce((sum, { leases }) => sum + leases, 0);
  }

  /** What the engines had counted that are gone. */
  get past(): EngineCounters | null {
    return this.#past;
  }

  /** On the instance that holds the request's beginning, or has the fewest; null where there is none for now. */
  lease(marks: PrefixMarks = []): Lease<LoadedModel> | null {
    const healthy = this.open.filter(({ instance }) => instance.isHealthy);
    // Who has none to go to is told by the engine's absence, and texts need no engine.
    const candidates = healthy.length > 0 ? healthy : this.open;
    const chosen = chooseReplica(candidates, marks, this.#affinity);
    if (chosen === undefined) return null;
    if (this.#present.length > 1) this.#affinity.note(marks, chosen.instance);
    return chosen.lease();
  }

  /** New requests get it too. */
  add(fresh: LeasedModel): void {
    this.#present = [...this.#present, fresh];
    this.changed();
  }

  /** Nobody gets it any more. Resolves when it is freed. */
  async remove(old: LeasedModel): Promise<void> {
    if (!this.#present.includes(old)) return;
    this.#present = this.#present.filter((instance) => instance !== old);
    this.#leaving = [...this.#leaving, old];
    this.changed();
    await this.#free(old);
  }

  /**
   * New requests get these alone. Resolves when those that were there before are freed, each when its last request has left.
   *
   * @throws WeirError `engine_failed` where one takes too long: it counts as loaded until it has ended after all
   */
  async replaceBy(fresh: readonly LeasedModel[]): Promise<void> {
    const old = this.#present;
    this.#present = fresh;
    this.#leaving = [...this.#leaving, ...old];
    this.changed();
    await Promise.all(old.map((instance) => this.#free(instance)));
  }

  /** Nobody gets any of them any more. As replaceBy(). */
  clear(): Promise<void> {
    return this.replaceBy([]);
  }

  /** New requests wait, whatever is present, until it is said otherwise. */
  set isHeldBack(isHeldBack: boolean) {
    this.#isHeldBack = isHeldBack;
    this.changed();
  }

  /** Calls whenever there is something new to say of the instances. Returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#events.on("change", listener);
    return () => this.#events.off("change", listener);
  }

  changed(): void {
    const [present, all] = [this.#present, this.all].map((some) => some.map(({ instance }) => instance));
    this.#facts = factsOf(present ?? [], all ?? [], this.#facts);
    this.#events.emit("change");
  }

  async #free(old: LeasedModel): Promise<void> {
    await old.idle();
    const counted = await this.#lastCounters(old);
    const freed = old.instance.close().then(() => this.#forget(old, counted));
    if (await endsWithin(freed, freeingMs)) return;
    const what = `the engine of ${old.instance.fileName} hangs: it has not ended within ${freeingMs / 1000} s`;
    throw new WeirError("engine_failed", what);
  }

  #forget(old: LeasedModel, counted: EngineCounters | null): void {
    this.#affinity.forget(old.instance);
    this.#leaving = this.#leaving.filter((instance) => instance !== old);
    if (counted !== null) this.#past = addUp([this.#past, ended(counted)]);
    this.changed();
  }

  async #lastCounters({ instance }: LeasedModel): Promise<EngineCounters | null> {
    let counted: EngineCounters | null = null;
    const asking = countersOf(instance).then((counters) => {
      counted = counters;
    });
    await endsWithin(asking, countersMs).catch(() => false);
    return counted;
  }
}
