import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ModelRegistry } from "#weir/registry/model-registry.js";
import { createLogger } from "#weir/telemetry/logger.js";
import { loadOptions } from "../support/load-options.js";

/** Of the process, without what is mapped from files. */
function anonymousMib(): number {
  const status = fs.readFileSync("/proc/self/status", "utf8");
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** Freed memory that goes back is back a moment later. */
async function settled(): Promise<number> {
  await sleep(300);
  return anonymousMib();
}

test("a model that comes and goes leaves the process as large as it was", async () => {
  const models = new ModelRegistry(createLogger("silent"));
  const model = models.add(loadOptions({ slots: 32, contextTokens: 512 }));
  const sizes: number[] = [];
  for (let turn = 0; turn < 6; turn++) {
    await model.load();
    await model.unload();
    sizes.push(await settled());
  }
  await models.close();
  const [first = 0, last = 0] = [sizes[1], sizes.at(-1)];
  assert.ok(last - first < 60, `${sizes.map((mib) => Math.round(mib)).join(", ")} MiB`);
});
