import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { InstanceSet } from "#weir/registry/instance-set.js";
import type { LoadedModel } from "#weir/registry/instance-start.js";
import { LeasedInstance } from "#weir/registry/leased-instance.js";

/** What the set asks of an instance, of which the engine hangs when it is closed. */
function hanging(): LeasedInstance<LoadedModel> {
  const fake = {
    ...{ kind: "embedding", fileName: "some.gguf", memory: [], width: 1, isHealthy: true },
    stats: async () => ({}),
    close: () => new Promise<void>(() => {}),
  };
  return new LeasedInstance(fake as unknown as LoadedModel); // no more than this is called
}

test("an instance whose engine hangs is waited for for half a minute, and counted as loaded on", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const instances = new InstanceSet();
  const one = hanging();
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
});
