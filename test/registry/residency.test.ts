import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { pino } from "pino";
import { WeirError } from "#weir/errors.js";
import type { HostedModel } from "#weir/registry/hosted-model.js";
import { LeasedInstance } from "#weir/registry/leased-instance.js";
import { defaultTimes, Residency } from "#weir/registry/residency.js";

/** As much of a model as it takes to be loaded and to go. */
class FakeModel {
  readonly id: string;
  readonly lacks: () => boolean;
  state = "unloaded";
  swapProgress: object | null = null;
  isAwaited = true;
  plans = 0;
  facts = { memory: [] };
  /** What loading ends with, the first time. */
  failure: Error | null = null;
  /** What unloading ends with. */
  hang: Error | null = null;
  givenUp: unknown = null;
  readonly instance = new LeasedInstance(null);

  constructor(id: string, lacks: () => boolean) {
    this.id = id;
    this.lacks = lacks;
  }

  get loaded(): readonly null[] {
    return this.state === "ready" ? [null] : [];
  }

  get leases(): number {
    return this.instance.leases;
  }

  async shortage(freed?: readonly object[]): Promise<string | null> {
    if (freed !== undefined) return null;
    this.plans++;
    return this.lacks() ? "it lacks memory." : null;
  }

  async refusal(): Promise<string | null> {
    return null;
  }

  async load(): Promise<void> {
    const { failure } = this;
    this.failure = null;
    if (failure !== null) throw failure;
    this.state = "ready";
  }

  async unload(): Promise<void> {
    this.state = "unloaded";
    if (this.hang !== null) throw this.hang;
  }

  idle(): Promise<void> {
    return this.swapProgress === null ? this.instance.idle() : new Promise(() => {});
  }

  giveUp(thrown: unknown): void {
    this.givenUp = thrown;
    this.state = "failed";
  }
}

/** A large model, which has room where the small one is not loaded. */
function pair(t: TestContext) {
  const residency = new Residency({ log: pino({ level: "silent" }), most: 0, times: defaultTimes });
  t.after(() => residency.close());
  const small = new FakeModel("small", () => false);
  small.state = "ready";
  const large = new FakeModel("large", () => small.state !== "unloaded");
  for (const model of [small, large]) {
    const policy = { load: "demand", isPinned: false, idleUnloadMs: 0 } as const;
    residency.add(model as unknown as HostedModel, policy); // no more than this is called
  }
  const ask = (model: FakeModel): void => residency.ask(model as unknown as HostedModel);
  return { residency, small, large, ask };
}

const turns = () => new Promise((resolve) => setTimeout(resolve, 5));

test("a model that waits for memory is planned once, however often it is asked for", async (t) => {
  const { small, large, ask } = pair(t);
  const lease = small.instance.lease();
  for (let i = 0; i < 10; i++) {
    ask(large);
    await turns();
  }
  assert.deepEqual([large.state, large.plans], ["unloaded", 1]);
  lease.release();
  await turns();
  assert.equal(large.state, "ready");
});

test("nobody goes for a model that nobody waits for any more, and it is not loaded", async (t) => {
  const { small, large, ask } = pair(t);
  const lease = small.instance.lease();
  ask(large);
  await turns();
  large.isAwaited = false;
  lease.release();
  await turns();
  assert.deepEqual([small.state, large.state], ["ready", "unloaded"]);
  large.isAwaited = true;
  ask(large);
  await turns();
  assert.equal(large.state, "ready");
});

test("a model whose room a swap has taken waits on", { timeout: 5_000 }, async (t) => {
  const { large, ask } = pair(t);
  large.failure = new WeirError("context_failed", "it lacks memory again.");
  ask(large);
  await turns();
  assert.deepEqual([large.state, large.givenUp], ["unloaded", null]);
  while (large.state !== "ready") await turns();
});

test("no room is made for the old file of a model that is being swapped", async (t) => {
  const { small, large, ask } = pair(t);
  large.swapProgress = {};
  ask(large);
  await turns();
  assert.deepEqual([small.state, large.state, large.plans], ["ready", "unloaded", 0]);
});

test("a victim that can't be freed is no fault of the model that it goes for", async (t) => {
  const { small, large, ask } = pair(t);
  small.hang = new WeirError("engine_failed", "the engine of small hangs.");
  ask(large);
  await turns();
  assert.deepEqual([large.state, large.givenUp], ["ready", null]);
});
