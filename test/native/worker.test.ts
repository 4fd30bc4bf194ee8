import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Worker } from "node:worker_threads";
import type { ModelHandle } from "#weir/llama/addon.js";
import { type Addon, cpuAddon, loadTiny } from "./addon.js";

let addon: Addon;
let variant: string;
let model: ModelHandle;

before(async () => {
  ({ addon, variant } = await cpuAddon());
  model = await loadTiny(addon);
});

/** A thread with a context on the shared model that steps for ever, as the engine thread does. */
function steppingWorker(): Worker {
  const addonModule = import.meta.resolve("#weir/llama/addon.js");
  const optionsModule = import.meta.resolve("./addon.js");
  const source = `
    const { parentPort } = require("node:worker_threads");
    (async () => {
      const { loadAddon } = await import(${JSON.stringify(addonModule)});
      const { contextOptions } = await import(${JSON.stringify(optionsModule)});
      const addon = loadAddon(${JSON.stringify(variant)});
      const context = new addon.Context(addon.attachModel(${model.info().id}), contextOptions());
      parentPort.postMessage("ready");
      for (let position = 0; ; position = (position + 1) % 256) {
        context.step(Int32Array.of(1, 1, 0, 0, 0, position, 5, position, 0, -1), () => {});
      }
    })();
  `;
  return new Worker(source, { eval: true });
}

test("a thread that is terminated in the middle of a step frees its context and its share of the model", async () => {
  for (let i = 0; i < 10; i++) {
    const worker = steppingWorker();
    await new Promise((resolve) => worker.once("message", resolve));
    assert.deepEqual(addon.alive(), { models: 1, contexts: 1 });
    await worker.terminate();
    assert.deepEqual(addon.alive(), { models: 1, contexts: 0 });
  }
});

test("a model lives as long as any thread's handle, and goes with the last", async () => {
  const worker = steppingWorker();
  await new Promise((resolve) => worker.once("message", resolve));
  model.close();
  assert.deepEqual(addon.alive(), { models: 1, contexts: 1 });
  await worker.terminate();
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

test("a model that is gone can't be attached to", () => {
  assert.throws(() => addon.attachModel(1), /no loaded model/);
});
