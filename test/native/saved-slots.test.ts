import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Worker } from "node:worker_threads";
import { BatchPlan, rowMark } from "#weir/engine/batch-plan.js";
import type { ModelHandle, NativeContextOptions } from "#weir/llama/addon.js";
import { modelPaths } from "../support/models.js";
import { type Addon, type ContextHandle, contextOptions, cpuAddon, loadTiny, placement } from "./addon.js";
import { runPlan, Slot } from "./slot.js";

const prompt = Array.from({ length: 40 }, (_, i) => 1000 + 37 * i);

let addon: Addon;
let variant: string;
let model: ModelHandle;
let context: ContextHandle;

before(async () => {
  ({ addon, variant } = await cpuAddon());
  model = await loadTiny(addon);
});

beforeEach(() => {
  context = new addon.Context(model, contextOptions({ slots: 4 }));
});

afterEach(() => {
  context.close();
  assert.deepEqual(addon.alive(), { models: 1, contexts: 0 });
});

after(() => {
  model.close();
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

/** Asserts that the step is refused for this reason. */
function refuses(build: (plan: BatchPlan) => void, message: RegExp): void {
  assert.throws(
    () => runPlan(context, build),
    (error: Error & { code?: string }) => error.code === "invalid_argument" && message.test(error.message),
  );
}

const q8 = { flashAttention: "on", cacheTypeK: "q8_0", cacheTypeV: "q8_0" } as const;

for (const [what, name, changes] of [
  ["", "tiny", {}],
  [" without flash attention", "tiny", { flashAttention: "off" }],
  [" of a quantized cache", "small", q8],
] as const satisfies readonly (readonly [string, keyof typeof modelPaths, Partial<NativeContextOptions>])[]) {
  test(`a copy${what} goes on in another slot with the tokens of the original`, async () => {
    const named = await addon.loadModel(modelPaths[name], placement, () => {}).promise;
    const other = new addon.Context(named, contextOptions({ slots: 4, ...changes }));
    named.close();
    const original = new Slot(other, 0);
    const first = original.compute(prompt);
    other.saveSlot(0, 100);
    const expected = original.goOn(first, prompt.length, 12);
    runPlan(other, (plan) => plan.restore(100, 2));
    const continued = new Slot(other, 2).goOn(first, prompt.length, 12);
    other.close();
    assert.deepEqual(continued, expected);
  });
}

test("a copy that is cut back goes on as if no more had been computed", () => {
  const original = new Slot(context, 0);
  original.compute(prompt.slice(0, 20));
  const expected = original.compute([7, 8, 9], 20);
  runPlan(context, (plan) => plan.remove(0, 0));
  original.compute(prompt);
  context.saveSlot(0, 100);
  runPlan(context, (plan) => {
    plan.restore(100, 1);
    plan.remove(1, 20);
  });
  assert.equal(new Slot(context, 1).compute([7, 8, 9], 20), expected);
});

test("a copy takes the place of all that the slot held", () => {
  const first = new Slot(context, 0).compute(prompt);
  const expected = new Slot(context, 1).compute(prompt);
  context.saveSlot(0, 100);
  const taken = new Slot(context, 3);
  taken.compute(Array.from({ length: 90 }, (_, i) => 500 + i));
  runPlan(context, (plan) => plan.restore(100, 3));
  assert.equal(first, expected);
  assert.deepEqual(taken.goOn(first, prompt.length, 8), new Slot(context, 1).goOn(first, prompt.length, 8));
});

test("a copy stays as it was saved, whatever becomes of its slot, and can be had again and again", () => {
  const original = new Slot(context, 0);
  const first = original.compute(prompt);
  context.saveSlot(0, 100);
  const expected = original.goOn(first, prompt.length, 6);
  runPlan(context, (plan) => plan.remove(0, 0));
  original.compute([1, 2, 3]);
  for (const slot of [1, 2, 0]) {
    runPlan(context, (plan) => plan.restore(100, slot));
    assert.deepEqual(new Slot(context, slot).goOn(first, prompt.length, 6), expected);
  }
});

test("what is restored can be copied on in the same plan", () => {
  const original = new Slot(context, 0);
  const first = original.compute(prompt);
  context.saveSlot(0, 100);
  const expected = original.goOn(first, prompt.length, 6);
  runPlan(context, (plan) => {
    plan.restore(100, 1);
    plan.copy(1, 3);
  });
  assert.deepEqual(new Slot(context, 3).goOn(first, prompt.length, 6), expected);
});

test("saving says how many bytes it takes, as slotBytes said before", () => {
  new Slot(context, 0).compute(prompt);
  new Slot(context, 1).compute(prompt.slice(0, 10));
  const [long, short] = [context.slotBytes(0), context.slotBytes(1)];
  assert.deepEqual([context.saveSlot(0, 1), context.saveSlot(1, 2)], [long, short]);
  assert.ok(long > 2 * short, `${long} bytes for 40 tokens, ${short} for 10`);
});

test("the size of a slot is what it holds now, whatever was asked before", () => {
  new Slot(context, 0).compute(prompt);
  const long = context.slotBytes(0);
  const empty = context.slotBytes(1);
  assert.equal(context.slotBytes(0), long);
  runPlan(context, (plan) => plan.remove(0, 10));
  const short = context.slotBytes(0);
  assert.ok(empty < short && 2 * short < long, `${empty}, ${short} and ${long} bytes`);
  assert.equal(context.saveSlot(0, 100), short);
  runPlan(context, (plan) => plan.restore(100, 1));
  assert.equal(context.slotBytes(1), short);
});

test("saving twice under one key keeps the second copy", () => {
  const first = new Slot(context, 0).compute(prompt);
  new Slot(context, 1).compute([1, 2, 3]);
  context.saveSlot(1, 100);
  context.saveSlot(0, 100);
  runPlan(context, (plan) => plan.restore(100, 2));
  const expected = new Slot(context, 0).goOn(first, prompt.length, 6);
  assert.deepEqual(new Slot(context, 2).goOn(first, prompt.length, 6), expected);
});

test("an empty slot can be saved, and restoring it empties a slot", () => {
  context.saveSlot(3, 100);
  const slot = new Slot(context, 0);
  const expected = slot.compute(prompt);
  runPlan(context, (plan) => plan.restore(100, 0));
  assert.equal(slot.compute(prompt), expected);
});

test("dropping a key that is unknown, or dropped already, does nothing", () => {
  context.saveSlot(0, 100);
  for (const key of [100, 100, 7]) context.dropSaved(key);
  refuses((plan) => plan.restore(100, 1), /key 100, under which nothing is saved/);
});

test("a restore of an unknown key is refused", () => {
  for (const key of [0, -1, 2 ** 31 - 1]) refuses((plan) => plan.restore(key, 0), /nothing is saved/);
});

test("a restore into a slot that does not exist is refused", () => {
  context.saveSlot(0, 100);
  for (const slot of [4, -1]) refuses((plan) => plan.restore(100, slot), /slot outside 0\.\.3/);
});

test("a restore after a copy is refused, since llama.cpp would restore first", () => {
  context.saveSlot(0, 100);
  const copyFirst = (plan: BatchPlan): void => {
    plan.copy(0, 1);
    plan.restore(100, 2);
  };
  refuses(copyFirst, /operation 1 of the plan restores a slot after a copy/);
});

test("a copy that llama.cpp has not done yet, since nothing was computed, can be neither saved nor restored over", () => {
  new Slot(context, 0).compute(prompt);
  context.saveSlot(0, 100);
  runPlan(context, (plan) => plan.copy(0, 1));
  assert.throws(() => context.saveSlot(1, 101), { code: "invalid_argument" });
  refuses((plan) => plan.restore(100, 0), /copy/);
});

test("of a plan that is refused for its restore nothing has run", () => {
  const slot = new Slot(context, 0);
  const first = slot.compute(prompt);
  const bytes = context.slotBytes(0);
  const removeFirst = (plan: BatchPlan): void => {
    plan.remove(0, 0);
    plan.restore(9, 1);
    plan.decodeRow(first, prompt.length, 0, 0);
  };
  refuses(removeFirst, /operation 1 of the plan restores key 9/);
  assert.equal(context.slotBytes(0), bytes);
});

test("slots and keys out of range are refused with the argument's name", () => {
  for (const slot of [-1, 4, 0.5, Number.NaN, "0" as never, undefined as never]) {
    assert.throws(() => context.slotBytes(slot), /slot/);
    assert.throws(() => context.saveSlot(slot, 1), /slot/);
  }
  for (const key of [-1, 2 ** 31, 0.5, null as never]) {
    assert.throws(() => context.saveSlot(0, key), /key/);
    assert.throws(() => context.dropSaved(key), /key/);
  }
});

test("nothing is saved from within onDecoded", () => {
  const slot = new Slot(context, 0);
  const first = slot.compute(prompt);
  const plan = new BatchPlan();
  plan.decodeRow(first, prompt.length, 0, 0);
  let calls = 0;
  context.step(plan.cells(), () => {
    calls++;
    const refused = { code: "invalid_argument" };
    assert.throws(() => context.saveSlot(0, 1), refused);
    assert.throws(() => context.slotBytes(0), refused);
  });
  assert.equal(calls, 1);
});

test("a closed context refuses to save", () => {
  const other = new addon.Context(model, contextOptions());
  other.saveSlot(0, 1);
  other.close();
  const refused = { code: "handle_closed" };
  assert.throws(() => other.saveSlot(0, 1), refused);
  assert.throws(() => other.slotBytes(0), refused);
  assert.throws(() => other.dropSaved(1), refused);
});

for (const mark of ["padding", "paddingOutput"] as const) {
  test(`a row of ${mark} leaves its slot as it was`, () => {
    const [padded, untouched] = [new Slot(context, 0), new Slot(context, 2)];
    const first = padded.compute(prompt);
    untouched.compute(prompt);
    const bytes = context.slotBytes(0);
    for (let i = 0; i < 3; i++) {
      const result = runPlan(context, (plan) => plan.decodeRow(0, prompt.length, 0, rowMark[mark]));
      const [decodeStatus, promptStatus, , decoded, prompted, , ...tokens] = result;
      assert.deepEqual([decodeStatus, promptStatus, decoded, prompted, tokens], [0, 0, 0, 0, []]);
    }
    assert.equal(context.slotBytes(0), bytes);
    assert.deepEqual(padded.goOn(first, prompt.length, 8), untouched.goOn(first, prompt.length, 8));
  });
}

test("padding rows with outputs count among the outputs that a pass may have", () => {
  refuses((plan) => {
    for (let i = 0; i < 5; i++) plan.decodeRow(0, 0, i % 4, rowMark.paddingOutput);
  }, /more rows with logits in a pass than there are slots/);
});

const copyCount = 150;

test("dropped copies give their memory back", () => {
  new Slot(context, 0).compute(Array.from({ length: 250 }, (_, i) => i));
  const bytes = context.saveSlot(0, 0);
  const saveAndDrop = (): void => {
    for (let key = 0; key < copyCount; key++) context.saveSlot(0, key);
    for (let key = 0; key < copyCount; key++) context.dropSaved(key);
  };
  saveAndDrop();
  const before = process.memoryUsage.rss();
  for (let round = 0; round < 5; round++) saveAndDrop();
  const growth = process.memoryUsage.rss() - before;
  assert.ok(
    growth < copyCount * bytes,
    `${growth} bytes more, where ${copyCount * bytes} are saved at a time`,
  );
});

/** A thread that saves many copies of a slot, says so, and waits. */
function savingWorker(): Worker {
  const source = `
    const { parentPort } = require("node:worker_threads");
    (async () => {
      const { loadAddon } = await import(${JSON.stringify(import.meta.resolve("#weir/llama/addon.js"))});
      const { contextOptions } = await import(${JSON.stringify(import.meta.resolve("./addon.js"))});
      const { Slot } = await import(${JSON.stringify(import.meta.resolve("./slot.js"))});
      const addon = loadAddon(${JSON.stringify(variant)});
      const context = new addon.Context(addon.attachModel(${model.info().id}), contextOptions());
      new Slot(context, 0).compute(Array.from({ length: 250 }, (_, i) => i));
      let bytes = 0;
      for (let key = 0; key < ${copyCount}; key++) bytes += context.saveSlot(0, key);
      parentPort.postMessage(bytes);
      parentPort.on("message", () => context.close());
    })();
  `;
  return new Worker(source, { eval: true });
}

test("a thread that is terminated frees its saved copies with its context", async () => {
  const terminateOne = async (): Promise<number> => {
    const worker = savingWorker();
    const bytes = await new Promise<number>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    assert.equal(addon.alive().contexts, 2);
    await worker.terminate();
    assert.equal(addon.alive().contexts, 1);
    return bytes;
  };
  const saved = await terminateOne();
  await terminateOne();
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 5; i++) await terminateOne();
  const growth = process.memoryUsage.rss() - before;
  assert.ok(growth < 2 * saved, `${growth} bytes more after five threads that had saved ${saved} each`);
});
