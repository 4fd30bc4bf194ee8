import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WeirError } from "#weir/errors.js";
import { Account } from "#weir/gate/account.js";
import { type KeyLimits, noLimits } from "#weir/gate/key-limits.js";
import { FakeClock } from "./fake-clock.js";

class Key {
  readonly clock = new FakeClock();
  readonly account = new Account(this.clock);
  readonly limits: KeyLimits;

  constructor(limits: Partial<KeyLimits>) {
    this.limits = { ...noLimits, ...limits };
  }

  /** Comes with a request; what it is refused with, or null. */
  come(tokens = 10): WeirError | null {
    try {
      this.account.open(this.limits, tokens);
      return null;
    } catch (thrown) {
      assert.ok(thrown instanceof WeirError);
      return thrown;
    }
  }

  /** A request of `tokens` that is let in and ends at once. */
  ask(tokens = 10): WeirError | null {
    const refusal = this.come(tokens);
    if (refusal !== null) return refusal;
    this.account.begin();
    this.account.served({ prompt: tokens });
    this.account.close(tokens);
    return null;
  }
}

describe("a limit of requests a minute", () => {
  test("refuses the next one, and says when it may come", () => {
    const key = new Key({ requestsPerMinute: 2 });
    assert.deepEqual([key.ask(), key.ask()], [null, null]);
    const refusal = key.ask();
    assert.equal(refusal?.code, "rate_limit_exceeded");
    assert.equal(refusal?.limit, "requests");
    assert.match(refusal?.message ?? "", /limit is 2 requests a minute: 2 are used/);
    assert.equal(refusal?.retryAfterMs, 61_000);
    key.clock.advance(61_000);
    assert.equal(key.ask(), null);
  });

  test("counts those that wait", () => {
    const key = new Key({ requestsPerMinute: 1 });
    key.come();
    assert.equal(key.come()?.code, "rate_limit_exceeded");
  });

  test("does not count those that were not let in", () => {
    const key = new Key({ requestsPerMinute: 1 });
    key.come(10);
    key.account.giveUp(10);
    assert.equal(key.ask(), null);
    assert.equal(key.account.usage().requests, 1);
  });
});

describe("a limit of tokens a minute", () => {
  test("refuses what would exceed it", () => {
    const key = new Key({ tokensPerMinute: 100 });
    key.ask(60);
    const refusal = key.ask(60);
    assert.equal(refusal?.limit, "tokens");
    assert.match(
      refusal?.message ?? "",
      /limit is 100 tokens a minute: 60 are used, and this request takes about 60/,
    );
    assert.equal(key.ask(40), null);
  });

  test("sets aside what runs", () => {
    const key = new Key({ tokensPerMinute: 100 });
    key.come(60);
    assert.equal(key.come(60)?.retryAfterMs, 1_000);
    key.account.begin();
    key.account.close(60);
    assert.equal(key.come(60), null);
  });

  test("lets a request pass that is larger than itself, where nothing is used", () => {
    const key = new Key({ tokensPerMinute: 100 });
    assert.equal(key.ask(1_000), null);
    assert.equal(key.ask(1)?.code, "rate_limit_exceeded");
  });
});

test("a limit a day goes on when the minute is over", () => {
  const key = new Key({ requestsPerDay: 1, requestsPerMinute: 5 });
  key.ask();
  key.clock.advance(3_600_000);
  assert.match(key.ask()?.message ?? "", /1 requests a day/);
  key.clock.advance(86_400_000);
  assert.equal(key.ask(), null);
});

test("tokens a day are counted over its minutes, and come back a day later", () => {
  const key = new Key({ tokensPerDay: 100, tokensPerMinute: 80 });
  assert.equal(key.ask(80), null);
  key.clock.advance(120_000);
  assert.match(key.ask(30)?.message ?? "", /limit is 100 tokens a day: 80 are used/);
  assert.equal(key.ask(20), null);
  key.clock.advance(86_400_000 + 1_440_000);
  assert.equal(key.ask(80), null);
});

test("a limit of concurrency counts who waits and who runs", () => {
  const key = new Key({ concurrency: 2 });
  key.come();
  key.account.begin();
  key.come();
  assert.equal(key.come()?.code, "concurrency_limit");
  key.account.close(10);
  assert.equal(key.come(), null);
});

test("what is left is told of the tighter limit", () => {
  const key = new Key({ requestsPerMinute: 10, requestsPerDay: 3 });
  key.ask();
  assert.deepEqual(key.account.allowance("requests", key.limits), {
    limit: 3,
    remaining: 2,
    resetMs: 86_400_000 + 1_440_000,
  });
  assert.equal(key.account.allowance("tokens", key.limits), null);
});

test("usage is what was served, and what was refused by its reason", () => {
  const key = new Key({ concurrency: 1 });
  key.come();
  key.account.begin();
  key.account.served({ prompt: 10 });
  key.account.served({ cached: 8, completion: 5 });
  key.account.refused("queue_full");
  assert.deepEqual(key.account.usage(), {
    requests: 1,
    promptTokens: 10,
    cachedTokens: 8,
    completionTokens: 5,
    refused: { queue_full: 1 },
    open: 1,
    lastMinute: { requests: 1, tokens: 15 },
    lastDay: { requests: 1, tokens: 15 },
  });
});
