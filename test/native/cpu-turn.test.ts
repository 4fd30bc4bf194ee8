import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import type { ModelHandle } from "#weir/llama/addon.js";
import { type Addon, contextOptions, cpuAddon, loadTiny, noDecoded, oneRow } from "./addon.js";

let addon: Addon;
let variant: string;
let model: ModelHandle;

before(async () => {
  ({ addon, variant } = await cpuAddon());
  model = await loadTiny(addon);
});

after(() => {
  model.close();
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

/** A thread's steps so far, which it counts in the second place; it begins when the first is 1. */
function counter(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** A thread with a context on the shared model that makes so many steps and ends. */
function steppingWorker(counted: Int32Array, steps: number): Worker {
  const addonModule = import.meta.resolve("#weir/llama/addon.js");
  const optionsModule = import.meta.resolve("./addon.js");
  const source = `
    const { parentPort, workerData: counted } = require("node:worker_threads");
    (async () => {
      const { loadAddon } = await import(${JSON.stringify(addonModule)});
      const { contextOptions } = await import(${JSON.stringify(optionsModule)});
      const addon = loadAddon(${JSON.stringify(variant)});
      const model = addon.attachModel(${model.info().id});
      const context = new addon.Context(model, contextOptions());
      parentPort.postMessage("ready");
      Atomics.wait(counted, 0, 0);
      for (let step = 0; step < ${steps}; step++) {
        const position = step % 256;
        context.step(Int32Array.of(1, 1, 0, 0, 0, position, 5, position, 0, -1), () => {});
        Atomics.add(counted, 1, 1);
        Atomics.notify(counted, 1);
      }
      context.close();
      model.close();
    })();
  `;
  return new Worker(source, { eval: true, workerData: counted });
}

function release(counted: Int32Array): void {
  Atomics.store(counted, 0, 1);
  Atomics.notify(counted, 0);
}

const stepsOf = (counted: Int32Array): number => Atomics.load(counted, 1);

test("two contexts on the CPU both go on to their end, neither far before the other", async () => {
  const counts = [counter(), counter()] as const;
  const workers = counts.map((counted) => steppingWorker(counted, 200));
  await Promise.all(workers.map((worker) => once(worker, "message")));
  const ends = workers.map((worker) => once(worker, "exit"));
  for (const counted of counts) release(counted);
  await Promise.race(ends);
  const behind = Math.min(...counts.map(stepsOf));
  assert.ok(behind >= 100, `${behind} steps when the other had made 200`);
  await Promise.all(ends);
  assert.deepEqual(counts.map(stepsOf), [200, 200]);
});

test("a context that is closed, or whose thread is terminated, keeps no turn from the others", async () => {
  const steps = counter();
  const other = steppingWorker(steps, Number.MAX_SAFE_INTEGER);
  await once(other, "message");
  release(steps);
  for (let round = 0; round < 5; round++) {
    const ended = counter();
    const worker = steppingWorker(ended, Number.MAX_SAFE_INTEGER);
    const context = new addon.Context(model, contextOptions());
    await once(worker, "message");
    release(ended);
    Atomics.wait(ended, 1, 0);
    context.step(oneRow({ sampler: -1 }), noDecoded);
    context.close();
    await worker.terminate();
    const before = stepsOf(steps);
    const seen = Atomics.wait(steps, 1, before, 5000);
    assert.notEqual(seen, "timed-out", `no step after the ${before}th`);
  }
  await other.terminate();
});
