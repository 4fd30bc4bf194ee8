import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WeirError } from "#weir/errors.js";
import { flow, settled, TestGate, type Visit } from "./test-gate.js";

const states = (visits: readonly Visit[]) => visits.map(({ state }) => state);

describe("a gate", () => {
  test("lets in at once while a place is free", async () => {
    const gate = new TestGate({ places: 2 });
    assert.deepEqual(states([await gate.enter(), await gate.enter(), await gate.enter()]), [
      "in",
      "in",
      "waiting",
    ]);
  });

  test("lets in who came first when a place becomes free", async () => {
    const gate = new TestGate();
    const [first, second, third] = [await gate.enter(), await gate.enter(), await gate.enter()];
    first.pass?.leave();
    await settled();
    assert.deepEqual(states([second, third]), ["in", "waiting"]);
  });

  test("says how long somebody waited", async () => {
    const gate = new TestGate();
    const [first, second] = [await gate.enter(), await gate.enter()];
    gate.clock.advance(250);
    first.pass?.leave();
    await settled();
    assert.deepEqual([first.pass?.waitedMs, second.pass?.waitedMs], [0, 250]);
  });

  test("knows what of its places is prepared and what is worked for", async () => {
    const gate = new TestGate({ places: 3 });
    const [two, one] = [await gate.enter({ places: 2 }), await gate.enter({ flow: flow("b") })];
    two.pass?.begin(1);
    assert.equal(gate.gate.status().prepared, 2);
    two.pass?.leave(1, 1);
    assert.deepEqual(
      gate.gate.status().flows.map(({ id, running, prepared }) => [id, running, prepared]),
      [
        ["a", 0, 1],
        ["b", 0, 1],
      ],
    );
    two.pass?.leave();
    two.pass?.begin(1);
    one.pass?.begin();
    assert.deepEqual([gate.gate.status().busy, gate.gate.status().prepared], [1, 0]);
  });

  test("takes back no more of what is worked for than there is", async () => {
    const gate = new TestGate({ places: 3 });
    const visit = await gate.enter({ places: 3 });
    visit.pass?.begin(1);
    visit.pass?.leave(1, 2);
    assert.deepEqual([gate.gate.load().busy, gate.gate.load().prepared], [2, 2]);
    visit.pass?.begin(2);
    visit.pass?.leave(1);
    assert.deepEqual([gate.gate.load().busy, gate.gate.load().prepared], [1, 0]);
  });

  test("tells whoever has a place how much longer he may wait, and what he is told past that", async () => {
    const gate = new TestGate();
    const [first, second] = [await gate.enter(), await gate.enter({ timeoutMs: 1_000 })];
    gate.clock.advance(250);
    first.pass?.leave();
    await settled();
    gate.clock.advance(500);
    assert.equal(second.pass?.remainingMs, 250);
    gate.clock.advance(500);
    assert.equal(second.pass?.remainingMs, 0);
    assert.equal(second.pass?.timedOut().code, "queue_timeout");
    assert.match(second.pass?.timedOut().message ?? "", /waited 1 s/);
  });

  test("gives a place back once, however often its holder leaves", async () => {
    const gate = new TestGate();
    const first = await gate.enter();
    first.pass?.leave();
    first.pass?.leave();
    assert.equal(gate.gate.status().busy, 0);
  });

  test("lets a request in that takes more places than are free, and nobody after it until they are", async () => {
    const gate = new TestGate({ places: 2 });
    const [large, small] = [await gate.enter({ places: 3 }), await gate.enter()];
    assert.deepEqual(states([large, small]), ["in", "waiting"]);
    large.pass?.leave(1);
    await settled();
    assert.equal(small.state, "waiting");
    large.pass?.leave(1);
    await settled();
    assert.equal(small.state, "in");
  });

  test("forgets who leaves while it waits, at once", async () => {
    const gate = new TestGate();
    const [first, second, third] = [await gate.enter(), await gate.enter(), await gate.enter()];
    second.departure.abort();
    assert.equal(gate.gate.status().waiting, 1);
    assert.equal(gate.gate.status().waitingTokens, 10);
    first.pass?.leave();
    await settled();
    assert.deepEqual(states([second, third]), ["departed", "in"]);
  });

  test("does not let in who has left before it came", async () => {
    const gate = new TestGate();
    const departed = await gate.enter({ departure: AbortSignal.abort() });
    assert.equal(departed.state, "departed");
    assert.equal(gate.gate.status().busy, 0);
  });

  test("keeps no timer for those that do not wait any more", async () => {
    const gate = new TestGate({ queueSize: 3 });
    const [first, second] = [await gate.enter(), await gate.enter()];
    const third = await gate.enter();
    await gate.enter({ timeoutMs: 5 });
    await gate.enter();
    gate.clock.advance(10);
    second.departure.abort();
    first.pass?.leave();
    await settled();
    third.pass?.leave();
    assert.equal(gate.clock.alarms, 0);
    assert.deepEqual(gate.gate.status().flows, []);
  });

  test("lets more in when it gets more places, and keeps who is in when it gets fewer", async () => {
    const gate = new TestGate();
    const visits = [await gate.enter(), await gate.enter(), await gate.enter()];
    gate.gate.limits = { places: 2, queueSize: 10, queueTokens: 1_000 };
    await settled();
    assert.deepEqual(states(visits), ["in", "in", "waiting"]);
    gate.gate.limits = { places: 1, queueSize: 10, queueTokens: 1_000 };
    visits[0]?.pass?.leave();
    await settled();
    assert.deepEqual(states(visits), ["in", "in", "waiting"]);
  });
});

describe("a deadline", () => {
  test("ends the wait with an error that names it", async () => {
    const gate = new TestGate();
    await gate.enter();
    const second = await gate.enter({ timeoutMs: 500 });
    gate.clock.advance(499);
    await settled();
    assert.equal(second.state, "waiting");
    gate.clock.advance(1);
    await settled();
    assert.equal(second.error?.code, "queue_timeout");
    assert.match(second.error?.message ?? "", /waited 0\.5 s/);
    assert.equal(gate.gate.status().waiting, 0);
  });

  test("does not count for who is in", async () => {
    const gate = new TestGate();
    const first = await gate.enter({ timeoutMs: 500 });
    gate.clock.advance(1_000);
    await settled();
    assert.equal(first.state, "in");
  });
});

describe("a full queue", () => {
  test("refuses at once", async () => {
    const gate = new TestGate({ queueSize: 1 });
    const visits = [await gate.enter(), await gate.enter(), await gate.enter()];
    assert.deepEqual(states(visits), ["in", "waiting", "refused"]);
    assert.equal(visits[2]?.error?.code, "queue_full");
  });

  test("lets nobody wait where it has no room at all", async () => {
    const gate = new TestGate({ queueSize: 0 });
    assert.deepEqual(states([await gate.enter(), await gate.enter()]), ["in", "refused"]);
  });

  test("is one with too many tokens too", async () => {
    const gate = new TestGate({ queueTokens: 100 });
    await gate.enter();
    const visits = [await gate.enter({ promptTokens: 60 }), await gate.enter({ promptTokens: 60 })];
    visits.push(await gate.enter({ promptTokens: 40 }));
    assert.deepEqual(states(visits), ["waiting", "refused", "waiting"]);
  });

  test("takes one prompt that is larger than itself, beside the others", async () => {
    const gate = new TestGate({ queueTokens: 100 });
    const first = await gate.enter();
    const visits = [await gate.enter({ promptTokens: 1_000 }), await gate.enter({ promptTokens: 1_000 })];
    visits.push(await gate.enter({ promptTokens: 100 }), await gate.enter({ promptTokens: 1 }));
    assert.deepEqual(states(visits), ["waiting", "refused", "waiting", "refused"]);
    first.pass?.leave();
    await settled();
    assert.equal((await gate.enter({ promptTokens: 1_000 })).state, "waiting");
    assert.equal(gate.gate.status().waitingTokens, 1_100);
  });

  test("says to come back after five seconds where nothing was measured yet, as docs/api.md has it", async () => {
    const gate = new TestGate({ queueSize: 0 });
    await gate.enter();
    assert.equal((await gate.enter()).error?.retryAfterMs, 5_000);
  });

  test("says to come back after a second at least", async () => {
    const gate = new TestGate({ queueSize: 1 });
    const first = await gate.enter();
    gate.clock.advance(10);
    first.pass?.leave();
    await gate.enter();
    await gate.enter();
    assert.equal((await gate.enter()).error?.retryAfterMs, 1_000);
  });

  test("says to come back later where those that wait are longer than what was measured", async () => {
    const gate = new TestGate({ queueSize: 1 });
    const short = await gate.enter({ costTokens: 20 });
    gate.clock.advance(100);
    short.pass?.leave();
    await gate.enter();
    await gate.enter({ costTokens: 1_000 });
    // Fifty times the tokens, each as long as before.
    assert.equal((await gate.enter()).error?.retryAfterMs, 5_000);
  });

  test("says to come back when those that wait will have been served, as was measured", async () => {
    const gate = new TestGate({ places: 2, queueSize: 5 });
    const first = await gate.enter();
    gate.clock.advance(400);
    first.pass?.leave();
    for (let i = 0; i < 7; i++) await gate.enter({ timeoutMs: 10_000 });
    // Two places, each for 0.4 s: five requests a second.
    assert.equal(gate.gate.status().requestsPerSecond, 5);
    assert.equal((await gate.enter()).error?.retryAfterMs, 1_000);
  });

  test("counts the places that a request took when it measures", async () => {
    const gate = new TestGate({ places: 4 });
    const first = await gate.enter({ places: 2 });
    gate.clock.advance(100);
    first.pass?.leave(1);
    gate.clock.advance(200);
    first.pass?.leave(1);
    // 400 ms of places a request, and four of them.
    assert.equal(gate.gate.status().requestsPerSecond, 10);
  });

  test("does not count those whose client has left when it measures", async () => {
    const gate = new TestGate();
    const first = await gate.enter();
    gate.clock.advance(100);
    first.departure.abort();
    first.pass?.leave();
    assert.equal(gate.gate.status().requestsPerSecond, null);
  });

  test("does not count those whose engine has failed when it measures, nor has a rate meanwhile", async () => {
    const limits = { places: 2, queueSize: 10, queueTokens: 1_000 };
    const gate = new TestGate(limits);
    const first = await gate.enter();
    gate.clock.advance(400);
    first.pass?.leave();
    const abandoned = await gate.enter();
    gate.clock.advance(100);
    gate.gate.limits = { ...limits, places: 0 };
    abandoned.pass?.leave();
    assert.equal(gate.gate.load().requestsPerSecond, null);
    gate.gate.limits = limits;
    assert.equal(gate.gate.load().requestsPerSecond, 5);
  });

  test("never says to come back in more than a minute", async () => {
    const gate = new TestGate({ queueSize: 1 });
    const first = await gate.enter();
    gate.clock.advance(3_600_000);
    first.pass?.leave();
    await gate.enter();
    await gate.enter();
    assert.equal((await gate.enter()).error?.retryAfterMs, 60_000);
  });
});

describe("a full queue with requests of several flows", () => {
  test("gives a place of the flow that fills it to another one", async () => {
    const gate = new TestGate({ queueSize: 4 });
    await gate.enter();
    const flood = [await gate.enter(), await gate.enter(), await gate.enter(), await gate.enter()];
    const others = [await gate.enter({ flow: flow("b") }), await gate.enter({ flow: flow("b") })];
    const late = await gate.enter({ flow: flow("b") });
    assert.deepEqual(states(flood), ["waiting", "waiting", "refused", "refused"]);
    assert.deepEqual(states([...others, late]), ["waiting", "waiting", "refused"]);
  });

  test("gives a flow of more weight more of it", async () => {
    const gate = new TestGate({ queueSize: 4 });
    await gate.enter();
    const flood = [await gate.enter(), await gate.enter(), await gate.enter(), await gate.enter()];
    const heavy = flow("b", { weight: 3 });
    const visits: Visit[] = [];
    for (let i = 0; i < 4; i++) visits.push(await gate.enter({ flow: heavy }));
    assert.deepEqual(states(flood), ["waiting", "refused", "refused", "refused"]);
    assert.deepEqual(states(visits), ["waiting", "waiting", "waiting", "refused"]);
  });

  test("gives a place of a lower class to a higher one, and none the other way", async () => {
    const gate = new TestGate({ queueSize: 1 });
    await gate.enter();
    const low = await gate.enter({ flow: flow("l", { priority: "low" }) });
    const high = await gate.enter({ flow: flow("h", { priority: "high" }) });
    const normal = await gate.enter({ flow: flow("n") });
    assert.deepEqual(states([low, high, normal]), ["refused", "waiting", "refused"]);
  });

  test("gives places of several lower classes to a higher one, the lowest first", async () => {
    const gate = new TestGate({ queueTokens: 100 });
    await gate.enter();
    const low = flow("l", { priority: "low" });
    const visits = [
      await gate.enter({ promptTokens: 40 }),
      await gate.enter({ flow: flow("m"), promptTokens: 20 }),
      await gate.enter({ flow: low, promptTokens: 40 }),
    ];
    const high = await gate.enter({ flow: flow("h", { priority: "high" }), promptTokens: 100 });
    assert.deepEqual(states([...visits, high]), ["refused", "refused", "refused", "waiting"]);
  });

  test("gives those of the flow that fills it where the lower classes have too few", async () => {
    const gate = new TestGate({ queueSize: 4, queueTokens: 100 });
    await gate.enter();
    const flood = [await gate.enter({ promptTokens: 45 }), await gate.enter({ promptTokens: 45 })];
    const low = await gate.enter({ flow: flow("l", { priority: "low" }), promptTokens: 10 });
    const other = await gate.enter({ flow: flow("b"), promptTokens: 50 });
    assert.deepEqual(states([...flood, low, other]), ["waiting", "refused", "refused", "waiting"]);
  });

  test("sends nobody away where that would not make enough room", async () => {
    const gate = new TestGate({ queueTokens: 100 });
    await gate.enter();
    const visits = [await gate.enter({ promptTokens: 50 }), await gate.enter({ promptTokens: 50 })];
    const large = await gate.enter({ flow: flow("b"), promptTokens: 80 });
    assert.deepEqual(states([...visits, large]), ["waiting", "waiting", "refused"]);
  });
});

describe("a newcomer whose turn would come too late", () => {
  /** A gate of one place, at which each of so many requests was measured to take 100 ms, and which is held now. */
  async function measuredGate(measurements: number): Promise<TestGate> {
    const gate = new TestGate({ queueSize: 100 });
    for (let i = 0; i < measurements; i++) {
      const { pass } = await gate.enter();
      gate.clock.advance(100);
      pass?.leave();
    }
    await gate.enter();
    return gate;
  }

  test("is told at once, and when to come back", async () => {
    const gate = await measuredGate(20);
    for (let i = 0; i < 16; i++) assert.equal((await gate.enter()).state, "waiting");
    const { error } = await gate.enter();
    assert.equal(error?.code, "queue_full");
    assert.match(error?.message ?? "", /would wait for its turn for about 2 s, and may wait for 1 s/);
    assert.equal(error?.retryAfterMs, 1_600);
    assert.equal((await gate.enter({ timeoutMs: 5_000 })).state, "waiting");
  });

  test("waits where too little was measured", async () => {
    const gate = await measuredGate(19);
    for (let i = 0; i < 20; i++) assert.equal((await gate.enter()).state, "waiting");
  });

  test("waits where it is others that wait: it may have its turn before them", async () => {
    const gate = await measuredGate(20);
    for (let i = 0; i < 20; i++) await gate.enter({ timeoutMs: 5_000 });
    assert.equal((await gate.enter({ flow: flow("b") })).state, "waiting");
  });
});

describe("who must not pass when its turn has come", () => {
  test("is told why, and the next one passes", async () => {
    const gate = new TestGate();
    const first = await gate.enter();
    const revoked = await gate.enter({ objection: () => new WeirError("invalid_api_key", "revoked") });
    const next = await gate.enter({ objection: () => null });
    first.pass?.leave();
    await settled();
    assert.deepEqual([revoked.error?.code, next.state], ["invalid_api_key", "in"]);
    assert.deepEqual([gate.gate.status().busy, gate.gate.status().waitingTokens], [1, 0]);
  });
});

describe("a gate that is closed", () => {
  test("refuses who waits and who comes, and lets who is in go on", async () => {
    const gate = new TestGate();
    const [first, second] = [await gate.enter(), await gate.enter()];
    gate.gate.close(new WeirError("shutting_down", ""));
    await settled();
    const third = await gate.enter();
    assert.deepEqual(states([first, second, third]), ["in", "refused", "refused"]);
    assert.deepEqual([second.error?.code, third.error?.code], ["shutting_down", "shutting_down"]);
    first.pass?.leave();
    assert.equal(gate.gate.status().busy, 0);
    assert.equal(gate.clock.alarms, 0);
  });
});
