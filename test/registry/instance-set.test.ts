import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { InstanceSet } from "#weir/registry/instance-set.js";
import type { LoadedModel } from "#weir/registry/instance-start.js";
import { LeasedInstance } from "#weir/registry/leased-instance.js";

/** What the set asks of an instance, of which the engine hangs when it is closed, until it is let. */
function hanging(): { one: LeasedInstance<LoadedModel>; letEnd: () => void } {
  let letEnd = (): void => {};
  const closed = new Promise<void>((resolve) => {
    letEnd = resolve;
  });
  const fake = {
    ...{ kind: "embedding", fileName: "some.gguf", memory: [], width: 1, isHealthy: true },
    stats: async () => ({}),
    close: () => closed,
  };
  const one = new LeasedInstance(fake as unknown as LoadedModel); // no more than this is called
  return { one, letEnd };
}

test("an instance whose engine hangs is waited for for half a minute, and counted as loaded until it has ended", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const instances = new InstanceSet();
  const { one, letEnd } = hanging();
  instances.add(one);
  const lease = one.lease();
  const cleared = assert.rejects(instances.clear(), /the engine of some\.gguf hangs: .* within 30 s/);
  await setImmediate();
  // Its last request is not hurried.
  t.mock.timers.tick(120_000);
  lease.release();
  await setImmediate();
  t.mock.timers.tick(30_000);
  await cleared;
  assert.deepEqual([instances.present, instances.all], [[], [one]]);
  letEnd();
  await setImmediate();
  assert.deepEqual(instances.all, []);
});
