import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { ClassQueue } from "#weir/gate/class-queue.js";
import { type Flow, priorities } from "#weir/gate/flow.js";
import { UserTurns } from "#weir/gate/user-turns.js";
import { randomNumbers } from "../support/random.js";
import { flow, TestGate } from "./test-gate.js";

/** How often all that waits of a flow is put in a row while `call` runs. */
async function lists(call: () => unknown): Promise<number> {
  const spies = [mock.method(UserTurns.prototype, "items"), mock.method(UserTurns.prototype, "displaceable")];
  try {
    await call();
    return spies.reduce((sum, spy) => sum + spy.mock.callCount(), 0);
  } finally {
    for (const spy of spies) spy.mock.restore();
  }
}

async function fullGate(users: readonly string[]): Promise<TestGate> {
  const gate = new TestGate({ queueSize: users.length });
  await gate.enter();
  for (const user of users) await gate.enter({ flow: flow("a", { user }) });
  return gate;
}

describe("what a full queue costs whoever is refused", () => {
  test("does not grow with what waits, before the request is read", async () => {
    const { gate } = await fullGate(["x", "y", "z"]);
    const refuse = () => assert.equal(gate.refusalOf(flow("a"))?.code, "queue_full");
    assert.equal(await lists(refuse), 0);
  });

  test("does not grow with what waits, where nobody has to leave for it", async () => {
    const gate = await fullGate(["x", "y", "z"]);
    const refuse = async () =>
      assert.equal((await gate.enter({ flow: flow("a", { user: "x" }) })).state, "refused");
    assert.equal(await lists(refuse), 0);
  });
});

test("a gate that tells how full it is looks at each flow once", async () => {
  const gate = new TestGate();
  for (const id of ["a", "a", "b", "c", "d"]) await gate.enter({ flow: flow(id) });
  const look = () => assert.equal(gate.gate.status().flows.length, 4);
  assert.equal(await lists(look), 4);
});

test("a queue knows whether somebody may be displaced, whatever was pushed, taken and removed", () => {
  const random = randomNumbers(7);
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T; // never empty
  const users = ["", "x", "y", "z"];
  const anyone = (): Flow => {
    const id = pick(["a", "b", "c"]);
    return flow(id, { user: pick(users), priority: pick(priorities), weight: id === "b" ? 3 : 1 });
  };
  for (let round = 0; round < 50; round++) {
    const queue = new ClassQueue<object>();
    const pushed: { readonly from: Flow; readonly item: object }[] = [];
    for (let step = 0; step < 30; step++) {
      const entry = { from: anyone(), item: {} };
      const gone = pushed.length > 0 ? pick(pushed) : entry;
      const action = random(5);
      if (action < 3) {
        queue.push(entry.from, entry.item);
        pushed.push(entry);
      } else if (action === 3) queue.shift();
      else queue.remove(gone.from, gone.item);
      const { user: _, ...unknown } = anyone();
      for (const newcomer of [anyone(), unknown]) {
        assert.equal(queue.canDisplace(newcomer), [...queue.displaceable(newcomer)].length > 0);
      }
    }
  }
});
