import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ClassQueue } from "#weir/gate/class-queue.js";
import type { Flow } from "#weir/gate/flow.js";
import { flow, settled, TestGate } from "./test-gate.js";

/** Keeps `flows` backlogged, serves `turns` of them and counts what each got. */
function serve(flows: readonly Flow[], turns: number): Record<string, number> {
  const queue = new ClassQueue<Flow>();
  const served: Record<string, number> = Object.fromEntries(flows.map(({ id }) => [id, 0]));
  for (const each of flows) for (let i = 0; i < 3; i++) queue.push(each, { ...each });
  for (let turn = 0; turn < turns; turn++) {
    const next = queue.shift() ?? assert.fail("the queue is empty");
    queue.charge(next, 100);
    served[next.id] = (served[next.id] ?? 0) + 1;
    queue.push(next, { ...next });
  }
  return served;
}

describe("flows of one class that always wait", () => {
  test("are served by their weights", () => {
    assert.deepEqual(serve([flow("a", { weight: 3 }), flow("b")], 400), { a: 300, b: 100 });
  });

  test("are served by tokens, not by requests", async () => {
    const gate = new TestGate({ queueSize: 100 });
    let holder = await gate.enter({ flow: flow("first") });
    const tokens: Record<string, number> = { a: 0, b: 0 };
    const costs: Record<string, number> = { a: 300, b: 20 };
    const come = (id: string) => gate.enter({ flow: flow(id), costTokens: costs[id] ?? 0, timeoutMs: 1e9 });
    const waiting = [await come("a"), await come("a"), await come("b"), await come("b")];
    for (let turn = 0; turn < 640; turn++) {
      holder.pass?.served(costs[gate.order.at(-1) ?? ""] ?? 0);
      holder.pass?.leave();
      await settled();
      holder =
        waiting.find(({ state, pass }) => state === "in" && pass !== null) ?? assert.fail("nobody is in");
      waiting.splice(waiting.indexOf(holder), 1);
      const id = gate.order.at(-1) ?? "";
      tokens[id] = (tokens[id] ?? 0) + (costs[id] ?? 0);
      waiting.push(await come(id));
    }
    const { a = 0, b = 0 } = tokens;
    assert.ok(Math.abs(a / b - 1) < 0.05, JSON.stringify(tokens));
  });

  test("do not fall behind for what they were served while nobody else asked", () => {
    const queue = new ClassQueue<Flow>();
    const [early, late] = [flow("early"), flow("late")];
    for (let i = 0; i < 2000; i++) {
      queue.serve(early);
      queue.charge(early, 100);
    }
    const order: string[] = [];
    for (const each of [early, late]) queue.push(each, { ...each });
    for (let turn = 0; turn < 20; turn++) {
      const next = queue.shift() ?? assert.fail("the queue is empty");
      queue.charge(next, 100);
      order.push(next.id);
      queue.push(next, { ...next });
    }
    const served = order.filter((id) => id === "early").length;
    assert.ok(served >= 9 && served <= 11, order.join());
  });

  test("do not go before all others for long with what they get back", () => {
    const queue = new ClassQueue<Flow>();
    const [padded, other] = [flow("padded"), flow("other")];
    queue.serve(padded);
    queue.charge(padded, 1_000_000);
    queue.push(padded, padded);
    queue.shift();
    queue.push(other, { ...other });
    queue.charge(padded, -1_000_000);
    queue.push(padded, { ...padded });
    const order: string[] = [];
    for (let turn = 0; turn < 20; turn++) {
      const next = queue.shift() ?? assert.fail("the queue is empty");
      queue.charge(next, 100);
      order.push(next.id);
      queue.push(next, { ...next });
    }
    const served = order.filter((id) => id === "padded").length;
    assert.ok(served >= 9 && served <= 11, order.join());
  });

  test("get what they are charged too much back", async () => {
    const gate = new TestGate({ queueSize: 100 });
    const first = await gate.enter({ flow: flow("a"), costTokens: 10_000 });
    for (const id of ["b", "a", "b", "a"]) await gate.enter({ flow: flow(id) });
    // It took 20 tokens only: a and b go on in turn, and b does not go first twice.
    first.pass?.served(20);
    first.pass?.leave();
    await settled();
    assert.deepEqual(gate.order, ["a", "b"]);
    assert.deepEqual(
      gate.gate.status().flows.map(({ id, waiting }) => [id, waiting]),
      [
        ["b", 1],
        ["a", 2],
      ],
    );
  });
});

describe("a flow that comes after a pause", () => {
  test("gets no more than its share for having been away", () => {
    const queue = new ClassQueue<Flow>();
    const [busy, idle] = [flow("busy"), flow("idle")];
    for (let i = 0; i < 100; i++) queue.push(busy, { ...busy });
    for (let i = 0; i < 50; i++) {
      queue.shift();
      queue.charge(busy, 100);
    }
    for (let i = 0; i < 50; i++) queue.push(idle, { ...idle });
    const order: string[] = [];
    for (let i = 0; i < 20; i++) {
      const next = queue.shift() ?? assert.fail("the queue is empty");
      queue.charge(next, 100);
      order.push(next.id);
    }
    assert.equal(order.filter((id) => id === "idle").length, 10, order.join(" "));
  });

  test("is served next, before the backlog of others", async () => {
    const gate = new TestGate({ queueSize: 100 });
    const first = await gate.enter({ flow: flow("flood") });
    for (let i = 0; i < 50; i++) await gate.enter({ flow: flow("flood") });
    await gate.enter({ flow: flow("quiet") });
    first.pass?.served(20);
    first.pass?.leave();
    await settled();
    assert.deepEqual(gate.order, ["flood", "quiet"]);
  });
});

describe("classes of priority", () => {
  const high = flow("h", { priority: "high" });
  const low = flow("l", { priority: "low" });

  test("go before each other, except for every eighth and ninth turn", () => {
    assert.deepEqual(serve([high, flow("n")], 80), { h: 70, n: 10 });
    assert.deepEqual(serve([high, flow("n"), low], 90), { h: 70, n: 10, l: 10 });
  });

  test("leave everything to the only one that waits", () => {
    assert.deepEqual(serve([low], 10), { l: 10 });
  });

  test("keep no turn for a class that does not wait", () => {
    const queue = new ClassQueue<Flow>();
    queue.push(low, { ...low });
    for (let i = 0; i < 20; i++) queue.push(high, { ...high });
    const order = Array.from({ length: 10 }, () => queue.shift()?.id);
    assert.deepEqual(order.join(""), "hhhhhhhlhh");
  });

  test("are not mixed up by weights", () => {
    const heavy = flow("n", { weight: 1_000 });
    assert.deepEqual(serve([high, heavy], 80), { h: 70, n: 10 });
  });
});
