import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FairQueue } from "#weir/gate/fair-queue.js";
import type { Flow } from "#weir/gate/flow.js";
import { flow, TestGate, type Visit } from "./test-gate.js";

/** Who asks, as the queue sees it. */
const by = (user: string, id = "key"): Flow => flow(id, { user });

/** Fills the only place, then the queue with requests of these users, in this order. */
async function queueOf(gate: TestGate, users: readonly string[]): Promise<Visit[]> {
  await gate.enter({ flow: by("holder") });
  const visits: Visit[] = [];
  for (const user of users) visits.push(await gate.enter({ flow: by(user) }));
  return visits;
}

const statesOf = (visits: readonly Visit[]): string[] => visits.map(({ state }) => state);

describe("users of one key", () => {
  test("take turns while their requests wait, and each one's keep their order", () => {
    const queue = new FairQueue<string>();
    for (const item of ["a1", "a2", "a3", "a4", "b1", "c1", "c2"]) queue.push(by(item.charAt(0)), item);
    const order = Array.from({ length: 7 }, () => queue.shift());
    assert.deepEqual(order, ["a1", "b1", "c1", "a2", "c2", "a3", "a4"]);
    assert.equal(queue.size, 0);
  });

  test("who leaves the queue loses only his own request", () => {
    const queue = new FairQueue<string>();
    for (const item of ["a1", "a2", "b1"]) queue.push(by(item.charAt(0)), item);
    queue.remove(by("a"), "a1");
    queue.remove(by("a"), "a1");
    queue.remove(by("nobody"), "a2");
    assert.equal(queue.size, 2);
    assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], ["a2", "b1", undefined]);
  });

  test("get no part of another key's share", () => {
    const queue = new FairQueue<Flow>();
    for (const user of ["a", "b", "c", ""]) {
      const id = user === "" ? "one" : "many";
      for (let i = 0; i < 10; i++) queue.push(by(user, id), by(user, id));
    }
    const order: string[] = [];
    for (let turn = 0; turn < 10; turn++) {
      const next = queue.shift() ?? assert.fail("the queue is empty");
      queue.charge(next, 100);
      order.push(next.id);
    }
    assert.equal(order.filter((id) => id === "one").length, 5, order.join());
  });
});

describe("a queue that one user of a key has filled", () => {
  test("gives the place of his last request to another user", async () => {
    const gate = new TestGate({ queueSize: 3 });
    const waiting = await queueOf(gate, ["a", "a", "a"]);
    const other = await gate.enter({ flow: by("b") });
    assert.deepEqual(statesOf([...waiting, other]), ["waiting", "waiting", "refused", "waiting"]);
    assert.equal(waiting[2]?.error?.code, "queue_full");
  });

  test("has no room for one more of his own", async () => {
    const gate = new TestGate({ queueSize: 3 });
    const waiting = await queueOf(gate, ["a", "a", "b"]);
    const more = await gate.enter({ flow: by("a") });
    assert.deepEqual(statesOf([...waiting, more]), ["waiting", "waiting", "waiting", "refused"]);
  });

  test("gives no more than equal parts", async () => {
    const gate = new TestGate({ queueSize: 4 });
    const waiting = await queueOf(gate, ["a", "a", "a", "b"]);
    const second = await gate.enter({ flow: by("b") });
    const third = await gate.enter({ flow: by("b") });
    assert.deepEqual(statesOf([...waiting, second, third]), [
      ...["waiting", "waiting", "refused", "waiting"],
      ...["waiting", "refused"],
    ]);
  });

  test("keeps requests of which no user is known: they may be of many", async () => {
    const gate = new TestGate({ queueSize: 3 });
    const waiting = await queueOf(gate, ["", "", ""]);
    const named = await gate.enter({ flow: by("b") });
    assert.deepEqual(statesOf([...waiting, named]), ["waiting", "waiting", "waiting", "refused"]);
  });

  test("is not refused to a request that may be of another user, before it is read", async () => {
    const gate = new TestGate({ queueSize: 3 });
    await queueOf(gate, ["a", "a", "a"]);
    assert.equal(gate.gate.refusalOf(flow("key")), null);
  });

  test("is refused at once where no user could displace anybody", async () => {
    for (const users of [
      ["", "", ""],
      ["a", "b", "c"],
    ]) {
      const gate = new TestGate({ queueSize: 3 });
      await queueOf(gate, users);
      assert.equal(gate.gate.refusalOf(flow("key"))?.code, "queue_full");
    }
  });
});
