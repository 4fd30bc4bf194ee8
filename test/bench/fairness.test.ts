import assert from "node:assert/strict";
import { test } from "node:test";
import { jainIndex } from "../../bench/metrics/fairness.js";

test("equal shares are fair", () => {
  assert.equal(jainIndex([7, 7, 7]), 1);
});

test("one who gets everything of four is a quarter", () => {
  assert.equal(jainIndex([12, 0, 0, 0]), 0.25);
});

test("a user who got nothing counts", () => {
  assert.ok(jainIndex([5, 5, 0]) < jainIndex([5, 5]));
});

test("nothing is shared fairly", () => {
  assert.equal(jainIndex([0, 0]), 1);
});
