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
    assert.equal(pass?.isWanted, true);
    pass?.leave(1);
    await settled();
    assert.deepEqual([pass?.places, pass?.isWanted, gate.gate.status().busy], [1, false, 2]);
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
});
