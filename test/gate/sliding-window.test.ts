import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SlidingWindow } from "#weir/gate/sliding-window.js";

describe("a window of a minute", () => {
  test("has what was added within it", () => {
    const window = new SlidingWindow(60_000);
    window.add(3, 0);
    window.add(4, 30_000);
    assert.equal(window.sum(59_000), 7);
    assert.equal(window.sum(75_000), 4);
    assert.equal(window.sum(100_000), 0);
  });

  test("never forgets what is not a minute old", () => {
    for (let addedMs = 0; addedMs < 2_000; addedMs += 37) {
      const window = new SlidingWindow(60_000);
      window.add(1, addedMs);
      assert.equal(window.sum(addedMs + 59_999), 1);
      assert.equal(window.sum(addedMs + 61_001), 0);
    }
  });

  test("says when enough of it has left", () => {
    const window = new SlidingWindow(60_000);
    window.add(5, 0);
    window.add(5, 10_000);
    assert.equal(window.msUntil(10, 20_000), 0);
    assert.equal(window.msUntil(5, 20_000), 41_000);
    assert.equal(window.sum(61_000), 5);
    assert.equal(window.msUntil(0, 61_000), 10_000);
  });

  test("keeps no more parts than it has", () => {
    const window = new SlidingWindow(60_000);
    for (let ms = 0; ms < 600_000; ms += 10) window.add(1, ms);
    assert.ok(window.sum(600_000) <= 6_100);
  });
});
