import assert from "node:assert/strict";
import { test } from "node:test";
import { LeasedInstance } from "#weir/registry/leased-instance.js";

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

test("all who wait for an instance to be idle wait for one and the same promise", async () => {
  const leased = new LeasedInstance("instance");
  const first = leased.lease();
  const idle = leased.idle();
  assert.equal(leased.idle(), idle);
  first.release();
  await idle;
  leased.lease();
  assert.notEqual(leased.idle(), idle);
});
