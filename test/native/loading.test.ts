import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { before, test } from "node:test";
import { eventually } from "../http/requests.js";
import { modelPaths } from "../support/models.js";
import { type Addon, contextOptions, cpuAddon, embeddingOptions, placement } from "./addon.js";

let addon: Addon;
let log: string[];

before(async () => {
  ({ addon, log } = await cpuAddon());
});

const code = (expected: string) => (error: Error & { code?: string }) => error.code === expected;

test("loading reports rising progress from the start to the end", async () => {
  const progress: number[] = [];
  const model = await addon.loadModel(modelPaths.small, placement, (fraction) => progress.push(fraction))
    .promise;
  model.close();
  // The last report may come behind the model.
  await eventually(async () => progress.at(-1) === 1);
  assert.deepEqual(
    progress,
    [...progress].sort((a, b) => a - b),
  );
});

test("the main thread goes on while a model loads", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const model = await addon.loadModel(modelPaths.small, placement, () => {}).promise;
  clearInterval(timer);
  model.close();
  assert.ok(turns > 0);
});

test("an aborted loading is told apart and leaves nothing behind", async () => {
  const loading = addon.loadModel(modelPaths.small, placement, () => loading.abort());
  loading.abort();
  await assert.rejects(loading.promise, code("model_load_aborted"));
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

test("a missing file is refused with its path", async () => {
  const { promise } = addon.loadModel("/nowhere/model.gguf", placement, () => {});
  await assert.rejects(promise, /\/nowhere\/model\.gguf/);
});

test("a file that is no GGUF is refused with llama.cpp's reason", async () => {
  const file = path.join(os.tmpdir(), `weir-not-a-model-${process.pid}.gguf`);
  fs.writeFileSync(file, "this is not a model");
  const { promise } = addon.loadModel(file, placement, () => {});
  await assert.rejects(promise, /invalid magic|gguf/i);
  fs.rmSync(file);
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

test("a truncated GGUF is refused", async () => {
  const file = path.join(os.tmpdir(), `weir-truncated-${process.pid}.gguf`);
  fs.writeFileSync(file, fs.readFileSync(modelPaths.tiny).subarray(0, 20_000_000));
  const { promise } = addon.loadModel(file, placement, () => {});
  await assert.rejects(promise, code("model_load_failed"));
  fs.rmSync(file);
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

test("an unknown device is refused with the names of those that exist", () => {
  const devices = ["CUDA7"];
  assert.throws(() => addon.loadModel(modelPaths.tiny, { ...placement, devices }, () => {}), /CUDA7.*CPU/);
});

test("loading and closing a model 20 times takes no more memory in the end", async () => {
  const cycle = async (): Promise<number> => {
    const model = await addon.loadModel(modelPaths.small, placement, () => {}).promise;
    new addon.Context(model, contextOptions({ slots: 8, contextTokens: 2048 })).close();
    model.close();
    return process.memoryUsage.rss();
  };
  for (let i = 0; i < 5; i++) await cycle();
  const settled = await cycle();
  for (let i = 0; i < 14; i++) await cycle();
  const grown = (await cycle()) - settled;
  // The allocator keeps some tens of MB as it likes; one lost model a cycle would be 3 GB.
  assert.ok(grown < 150e6, `grew by ${(grown / 1e6).toFixed(0)} MB in 15 cycles`);
});

test("llama.cpp's log arrives with its levels", () => {
  assert.ok(log.some((line) => line.startsWith("error ")));
  assert.ok(log.some((line) => line.startsWith("info ") && line.includes("model")));
});

test("an estimate names what the context really takes", async () => {
  const options = { ...placement, ...contextOptions({ slots: 4, contextTokens: 1024 }) };
  const estimate = addon.estimateMemory(modelPaths.small, { ...embeddingOptions(), ...options });
  const model = await addon.loadModel(modelPaths.small, placement, () => {}).promise;
  const context = new addon.Context(model, options);
  const allocated = context.memory().reduce((sum, { contextBytes }) => sum + contextBytes, 0);
  context.close();
  model.close();
  assert.equal(
    estimate.devices.reduce((sum, { contextBytes }) => sum + contextBytes, 0),
    allocated,
  );
});
