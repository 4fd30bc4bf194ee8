import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { ModelHandle, NativeContextOptions } from "#weir/llama/addon.js";
import { eventually } from "../http/requests.js";
import { modelPaths } from "../support/models.js";
import { type Addon, contextOptions, cpuAddon, embeddingOptions, placement } from "./addon.js";
import { Slot } from "./slot.js";

let addon: Addon;
let model: ModelHandle;
let log: string[];

before(async () => {
  ({ addon, log } = await cpuAddon());
  model = await addon.loadModel(modelPaths.small, placement, () => {}).promise;
});

after(() => model.close());

/** What a context with these options says of itself. */
function inspect(changes: Partial<NativeContextOptions>): { info: object; cacheBytes: number } {
  const context = new addon.Context(model, contextOptions(changes));
  const info = context.info();
  const cacheBytes = context.memory().reduce((sum, { contextBytes }) => sum + contextBytes, 0);
  context.close();
  return { info, cacheBytes };
}

test("slots, context, batch, micro batch and threads reach llama.cpp", () => {
  const changes = { slots: 3, contextTokens: 512, batchTokens: 96, microBatchTokens: 32, threads: 2 };
  assert.deepEqual(inspect(changes).info, {
    slots: 3,
    slotTokens: 512,
    batchTokens: 96,
    microBatchTokens: 32,
    threads: 2,
    graphsInPlace: 0,
    q8Products: 0,
    canSaveSlots: true,
  });
});

test("KV cache types reach llama.cpp", () => {
  const f16 = inspect({ cacheTypeK: "f16", cacheTypeV: "f16" }).cacheBytes;
  const f32 = inspect({ cacheTypeK: "f32", cacheTypeV: "f32" }).cacheBytes;
  const mixed = inspect({ cacheTypeK: "q8_0", cacheTypeV: "f16", flashAttention: "on" }).cacheBytes;
  assert.deepEqual([f32 / f16, mixed / f16], [2, (17 / 32 + 1) / 2]);
});

test("flash attention reaches llama.cpp", async () => {
  for (const [mode, words] of [
    ["off", "disabled"],
    ["on", "enabled"],
  ] as const) {
    inspect({ flashAttention: mode });
    // The log comes through the event loop.
    const said = new RegExp(`flash_attn +=.*${words}`);
    await assert.doesNotReject(eventually(async () => log.some((line) => said.test(line))));
  }
});

/** CPU time that the process takes while nobody asks anything, after one row on two threads, ms. */
async function spinningMs(poll: number): Promise<number> {
  const context = new addon.Context(model, contextOptions({ threads: 2, poll }));
  new Slot(context, 0).goOn(5, 0, 1);
  const before = process.cpuUsage();
  await pause(300);
  const { user, system } = process.cpuUsage(before);
  context.close();
  return (user + system) / 1000;
}

test("the polling level reaches ggml's threads: they spin for the next graph, or sleep at once", async () => {
  const [asleep, spinning] = [await spinningMs(0), await spinningMs(100)];
  assert.ok(spinning > asleep + 50, `${asleep} ms asleep, ${spinning} ms spinning`);
});

test("a slot without a given size has the trained context, at most 8,192 tokens", () => {
  const context = new addon.Context(model, contextOptions({ contextTokens: 0 }));
  const { slotTokens } = context.info();
  context.close();
  assert.equal(slotTokens, Math.min(model.info().trainedContextTokens, 8192));
});

test("an estimate counts the weights as they are loaded, a repacked copy too", async () => {
  const echo = await addon.loadModel(modelPaths.echo, placement, () => {}).promise;
  const context = new addon.Context(echo, contextOptions());
  const weightsOf = (memory: readonly { readonly modelBytes: number }[]): number =>
    memory.reduce((sum, { modelBytes }) => sum + modelBytes, 0);
  const allocated = weightsOf(context.memory());
  const once = echo.info().modelBytes;
  context.close();
  echo.close();
  const estimate = addon.estimateMemory(modelPaths.echo, {
    ...placement,
    ...embeddingOptions(),
    ...contextOptions(),
  });
  // Mapped memory is counted in whole pages.
  assert.ok(Math.abs(weightsOf(estimate.devices) - allocated) <= 4096);
  assert.ok(allocated > once);
});
