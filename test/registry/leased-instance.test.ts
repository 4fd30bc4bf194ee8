import assert from "node:assert/strict";
import { test } from "node:test";
import { LeasedInstance, leastLeased } from "#weir/registry/leased-instance.js";

test("an instance is idle when the last lease on it is back", async () => {
  const leased = new LeasedInstance("instance");
  const leases = [leased.lease(), leased.lease()];
  let isIdle = false;
  const idle = leased.idle().then(() => {
    isIdle = true;
  });
  leases[0]?.release();
  await Promise.resolve();
  assert.deepEqual([isIdle, leased.leases], [false, 1]);
  leases[1]?.release();
  await idle;
  assert.deepEqual([isIdle, leased.leases], [true, 0]);
});

test("a lease that is given back twice counts once", () => {
  const leased = new LeasedInstance("instance");
  const [first] = [leased.lease(), leased.lease()];
  first.release();
  first.release();
  assert.equal(leased.leases, 1);
});

test("an instance that nobody has a lease on is idle at once", async () => {
  await new LeasedInstance("instance").idle();
});

test("the next lease is on the instance with the fewest", () => {
  const [busy, calm, idle] = ["busy", "calm", "idle"].map((name) => new LeasedInstance(name));
  if (busy === undefined || calm === undefined || idle === undefined) throw new Error("there are three");
  busy.lease();
  busy.lease();
  calm.lease();
  assert.equal(leastLeased([busy, calm, idle])?.instance, "idle");
  assert.equal(leastLeased([busy, calm])?.instance, "calm");
  assert.equal(leastLeased([]), undefined);
});
