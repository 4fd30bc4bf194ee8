import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, settled, TestGate } from "./test-gate.js";

const batch = { flow: flow("batch"), places: 10, isElastic: true };

describe("somebody who wants many places, one after the other", () => {
  test("begins with those that are free", async () => {
    const gate = new TestGate({ places: 4 });
    await gate.enter();
    const { pass } = await gate.enter(batch);
    assert.equal(pass?.places, 3);
    assert.equal(gate.gate.status().busy, 4);
  });

  test("begins with one where others wait behind him", async () => {
    const gate = new TestGate({ places: 2 });
    const first = await gate.enter({ places: 2 });
    const many = await gate.enter(batch);
    const other = await gate.enter();
    first.pass?.leave();
    await settled();
    assert.deepEqual([many.pass?.places, other.state], [1, "in"]);
  });

  test("takes one more where one is free that nobody waits for", async () => {
    const gate = new TestGate({ places: 2 });
    const other = await gate.enter();
    const { pass } = await gate.enter(batch);
    assert.equal(pass?.grow(), false);
    other.pass?.leave();
    assert.equal(pass?.grow(), true);
    assert.deepEqual([pass?.places, gate.gate.status().busy], [2, 2]);
    await gate.enter();
    assert.equal(pass?.goOn(0), false);
    pass?.leave(1);
    await settled();
    assert.deepEqual([pass?.places, pass?.goOn(0), gate.gate.status().busy], [1, true, 2]);
    pass?.leave();
    assert.equal(pass?.grow(), false);
  });

  test("is counted as prepared between two of them", async () => {
    const gate = new TestGate({ places: 1 });
    const { pass } = await gate.enter(batch);
    pass?.begin(1);
    assert.equal(gate.gate.status().prepared, 0);
    pass?.rest(1);
    assert.deepEqual([gate.gate.status().prepared, gate.gate.status().busy], [1, 1]);
    pass?.leave(1, 0);
    assert.deepEqual([gate.gate.status().prepared, gate.gate.status().busy], [0, 0]);
  });

  for (const [weight, least, most] of [
    [1, 0.49, 0.51],
    [3, 0.74, 0.76],
  ] as const) {
    test(`gets its share beside a flow that always waits, with a weight of ${weight} to 1`, async () => {
      const gate = new TestGate({ places: 4, queueSize: 1_000 });
      const many = { ...batch, flow: flow("batch", { weight }), places: 1_000, costTokens: 20_000 };
      const { pass } = await gate.enter(many);
      if (pass === null) assert.fail("it was not let in");
      const running = Array.from({ length: pass.places }, () => "batch");
      pass.offer(() => {
        if (pass.grow()) running.push("batch");
      });
      const others = await Promise.all(
        Array.from({ length: 500 }, () => gate.enter({ flow: flow("other") })),
      );
      let answers = 0;
      for (let turn = 0; turn < 400; turn++) {
        const ended = running.shift();
        const { length } = gate.order;
        if (ended === "batch") {
          answers++;
          pass.served(20);
          if (pass.goOn(0)) running.push("batch");
          else pass.leave(1, 0);
        } else {
          const { pass: other } = others.find((visit) => (visit.pass?.places ?? 0) > 0) ?? assert.fail();
          other?.served(20);
          other?.leave();
        }
        await settled();
        running.push(...gate.order.slice(length));
      }
      const share = answers / 400;
      assert.ok(share > least && share < most, `it got ${share} of the answers`);
    });
  }

  test("is offered what is free at once where nobody waits, and nothing after its end", async () => {
    const gate = new TestGate({ places: 2 });
    const other = await gate.enter();
    const { pass } = await gate.enter(batch);
    let offers = 0;
    pass?.offer(() => {
      offers++;
      pass.grow();
    });
    other.pass?.leave();
    assert.deepEqual([offers, pass?.places], [1, 2]);
    pass?.leave();
    assert.deepEqual([offers, gate.gate.status().busy], [1, 0]);
  });
});
