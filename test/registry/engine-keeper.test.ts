import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import {
  type Absence,
  type EngineClient,
  EngineKeeper,
  type EngineWatch,
} from "#weir/registry/engine-keeper.js";

/** An engine without a thread, which writes down what is asked of it. */
class FakeClient implements EngineClient<number> {
  readonly facts: number;
  readonly watch: EngineWatch;
  readonly calls: string[] = [];
  /** Its thread does not end. */
  hangs = false;

  constructor(facts: number, watch: EngineWatch) {
    this.facts = facts;
    this.watch = watch;
  }

  abandon(absence: Absence): void {
    this.calls.push(`abandon: ${absence}`);
  }

  drain(): void {
    this.calls.push("drain");
  }

  close(): Promise<void> {
    this.calls.push("close");
    return this.hangs ? new Promise(() => {}) : Promise.resolve();
  }
}

/** A keeper of fake engines, numbered from 0, and what it has said. */
async function testKeeper() {
  const clients: FakeClient[] = [];
  const said: string[] = [];
  const control = { fails: false, gate: Promise.resolve() };
  const start = async (watch: EngineWatch): Promise<FakeClient> => {
    await control.gate;
    if (control.fails) throw new Error("no memory");
    const client = new FakeClient(clients.length, watch);
    clients.push(client);
    return client;
  };
  const keeper = await EngineKeeper.start(start, {
    onUnhealthy: (reason, isReplaced) => {
      said.push(`${isReplaced ? "unhealthy" : "given up"}: ${reason}`);
      // Whoever waits must not be let in by what the engine's end sets free.
      assert.deepEqual(clients.at(-1)?.calls, []);
    },
    onHealthy: () => said.push("healthy"),
    onDeath: (reason) => said.push(`dead: ${reason}`),
    onLateFailure: (reason) => said.push(`late: ${reason}`),
  });
  const client = (index: number): FakeClient => clients[index] ?? assert.fail(`there is no engine ${index}`);
  return { keeper, clients, client, said, control };
}

async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe("the keeper of an engine", () => {
  test("puts a fresh one in the place of one that died, after that has freed what it held", async () => {
    const { keeper, client, said } = await testKeeper();
    client(0).watch.onDeath("gone");
    assert.equal(keeper.current, null);
    assert.equal(keeper.absence, "model_unhealthy");
    assert.deepEqual(client(0).calls, ["abandon: model_unhealthy", "close"]);
    await settled();
    assert.equal(keeper.current, client(1));
    assert.deepEqual([keeper.facts, said], [1, ["unhealthy: gone", "healthy"]]);
  });

  test("does so after passes that failed, unless one between them worked", async () => {
    const { keeper, client } = await testKeeper();
    const fail = (times: number) => {
      for (let i = 0; i < times; i++) client(0).watch.onPass(true);
    };
    fail(4);
    client(0).watch.onPass(false);
    fail(4);
    assert.equal(keeper.current, client(0));
    fail(1);
    assert.equal(keeper.current, null);
  });

  test("is deaf to an engine that it has replaced", async () => {
    const { keeper, client, said } = await testKeeper();
    client(0).watch.onDeath("gone");
    await settled();
    client(0).watch.onDeath("gone again");
    for (let i = 0; i < 9; i++) client(0).watch.onPass(true);
    assert.equal(keeper.current, client(1));
    assert.deepEqual(said, ["unhealthy: gone", "healthy"]);
  });

  test("gives up where the fresh one dies too, and frees it", async () => {
    const { keeper, client, said } = await testKeeper();
    client(0).watch.onDeath("gone");
    await settled();
    client(1).watch.onDeath("gone again");
    await settled();
    assert.equal(keeper.current, null);
    assert.deepEqual(client(1).calls, ["abandon: model_unhealthy", "close"]);
    assert.deepEqual(said.slice(2), ["given up: gone again", "dead: gone again"]);
  });

  test("gives up where none can be started", async () => {
    const { client, said, control } = await testKeeper();
    control.fails = true;
    client(0).watch.onDeath("gone");
    await settled();
    assert.deepEqual(said, ["unhealthy: gone", "dead: no memory"]);
  });

  test("gives up where the old one does not end", async (context) => {
    const { client, said } = await testKeeper();
    mock.timers.enable({ apis: ["setTimeout"] });
    context.after(() => mock.timers.reset());
    client(0).hangs = true;
    client(0).watch.onDeath("gone");
    mock.timers.tick(120_000);
    await settled();
    assert.deepEqual(said, ["unhealthy: gone", "dead: a fresh engine was not ready within 120 s"]);
  });

  test("closed meanwhile closes the fresh one too, and says nothing more", async () => {
    const { keeper, client, clients, said, control } = await testKeeper();
    let start = (): void => {};
    control.gate = new Promise((resolve) => {
      start = resolve;
    });
    client(0).watch.onDeath("gone");
    await settled();
    const closed = keeper.close();
    start();
    await closed;
    assert.equal(clients.length, 2);
    assert.deepEqual(client(1).calls, ["close"]);
    assert.deepEqual(said, ["unhealthy: gone"]);
  });

  test("closed meanwhile does not wait for a fresh one that is long in coming, and ends it when it comes", async (context) => {
    const { keeper, client, control } = await testKeeper();
    let start = (): void => {};
    control.gate = new Promise((resolve) => {
      start = resolve;
    });
    mock.timers.enable({ apis: ["setTimeout"] });
    context.after(() => mock.timers.reset());
    client(0).watch.onDeath("gone");
    await settled();
    const closed = keeper.close();
    mock.timers.tick(3_000);
    await closed;
    mock.timers.tick(120_000);
    await settled();
    start();
    await settled();
    assert.equal(keeper.current, null);
    assert.deepEqual(client(1).calls, ["close"]);
  });

  test("told to drain meanwhile starts none, or ends the one that comes", async () => {
    for (const isStarting of [false, true]) {
      const { keeper, client, clients, said } = await testKeeper();
      client(0).watch.onDeath("gone");
      if (isStarting) await Promise.resolve();
      keeper.drain();
      await settled();
      assert.deepEqual([keeper.current, keeper.absence], [null, "shutting_down"]);
      assert.equal(clients.length, isStarting ? 2 : 1);
      if (isStarting) assert.deepEqual(client(1).calls, ["close"]);
      assert.deepEqual(said, ["unhealthy: gone"]);
    }
  });

  test("that drains does not replace, and says why the engine is gone", async () => {
    const { keeper, client, clients, said } = await testKeeper();
    keeper.drain();
    client(0).watch.onDeath("gone");
    await settled();
    assert.deepEqual([clients.length, said], [1, ["late: gone"]]);
    assert.deepEqual(client(0).calls, ["drain", "abandon: shutting_down", "close"]);
  });
});
