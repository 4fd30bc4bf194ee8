import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CircuitBreaker, type Verdict } from "#weir/registry/circuit-breaker.js";

/** Three failures within 100 ms break it; probation is 1,000 ms. The clock stands still unless a test moves it. */
function testBreaker() {
  const clock = { nowMs: 0 };
  const breaker = new CircuitBreaker({ failures: 3, windowMs: 100, probationMs: 1_000 }, () => clock.nowMs);
  const fail = (times: number): Verdict[] => Array.from({ length: times }, () => breaker.passFailed());
  return { breaker, clock, fail };
}

describe("a circuit breaker", () => {
  test("goes on until so many passes in a row have failed", () => {
    assert.deepEqual(testBreaker().fail(3), ["goOn", "goOn", "renew"]);
  });

  test("begins to count anew with a pass that worked", () => {
    const { breaker, fail } = testBreaker();
    fail(2);
    breaker.passWorked();
    assert.deepEqual(fail(3), ["goOn", "goOn", "renew"]);
  });

  test("forgets failures that are older than its window", () => {
    const { clock, fail } = testBreaker();
    fail(1);
    clock.nowMs = 99;
    fail(1);
    clock.nowMs = 100;
    assert.deepEqual(fail(2), ["goOn", "renew"]);
  });

  test("takes a death for enough", () => {
    assert.equal(testBreaker().breaker.engineDied(), "renew");
  });

  for (const [how, again] of [
    ["fails", (fail: (times: number) => Verdict[]) => fail(3).at(-1)],
    ["dies", (_: unknown, breaker: CircuitBreaker) => breaker.engineDied()],
  ] as const) {
    test(`gives up where the fresh engine ${how} soon`, () => {
      const { breaker, clock, fail } = testBreaker();
      fail(3);
      breaker.renewed();
      clock.nowMs = 999;
      assert.equal(again(fail, breaker), "giveUp");
    });

    test(`renews again where the fresh engine ${how} after it served for long`, () => {
      const { breaker, clock, fail } = testBreaker();
      fail(3);
      breaker.renewed();
      clock.nowMs = 1_000;
      assert.equal(again(fail, breaker), "renew");
    });
  }

  test("does not hold the old engine's failures against the fresh one", () => {
    const { breaker, fail } = testBreaker();
    breaker.engineDied();
    fail(2);
    breaker.renewed();
    assert.deepEqual(fail(2), ["goOn", "goOn"]);
  });
});
