import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { scoredBy } from "#weir/engine/batch-plan.js";
import type { ModelHandle } from "#weir/llama/addon.js";
import { greedy } from "../engine/builders.js";
import {
  type Addon,
  type ContextHandle,
  contextOptions,
  cpuAddon,
  loadTiny,
  noDecoded,
  oneRow,
  placement,
} from "./addon.js";

let addon: Addon;
let model: ModelHandle;
let context: ContextHandle;

before(async () => {
  ({ addon } = await cpuAddon());
  model = await loadTiny(addon);
  context = new addon.Context(model, contextOptions());
});

after(() => {
  context.close();
  model.close();
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

const code = (expected: string) => (error: Error & { code?: string }) => error.code === expected;

test("a step samples one token of the vocabulary", () => {
  context.setSampler(0, greedy, Int32Array.of(5));
  const [decodeStatus, promptStatus, , decoded, prompted, , token = -1] = context.step(oneRow(), noDecoded);
  assert.deepEqual([decodeStatus, promptStatus, decoded, prompted], [0, 0, 0, 1]);
  assert.ok(token >= 0 && token < model.info().vocabularySize);
});

// Everything that llama.cpp would answer with an abort or with undefined behaviour.
for (const [problem, plan] of [
  ["a token outside the vocabulary", oneRow({ token: 151_936 })],
  ["a negative token", oneRow({ token: -1 })],
  ["a position outside the slot", oneRow({ position: 256 })],
  ["a negative position", oneRow({ position: -1 })],
  ["a slot that does not exist", oneRow({ slot: 2 })],
  ["a sampler that is not set", oneRow({ sampler: 1 })],
  ["a sampler that does not exist", oneRow({ sampler: 99 })],
  ["a row that is scored by a sampler that is not set", oneRow({ sampler: scoredBy(1) })],
  ["a row that is scored by a sampler that does not exist", oneRow({ sampler: -(2 ** 31) })],
  ["a decode row that is scored", Int32Array.of(0, 1, 0, 5, 0, 0, scoredBy(0))],
  ["a sampler named twice", Int32Array.of(0, 0, 2, 5, 0, 0, 0, 5, 0, 1, 0)],
  ["no header", new Int32Array(2)],
  ["a negative count", Int32Array.of(0, -1, 0)],
  ["fewer rows than its header says", Int32Array.of(0, 0, 9, 1, 2, 3)],
  ["a huge count", Int32Array.of(2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1)],
  ["a copy from a slot that does not exist", Int32Array.of(1, 0, 0, 1, 7, 0)],
  ["an operation of no kind", Int32Array.of(1, 0, 0, 9, 0, 0)],
] as const) {
  test(`a plan with ${problem} is refused`, () => {
    assert.throws(() => context.step(plan, noDecoded), code("invalid_argument"));
  });
}

test("values of a wrong type are refused", () => {
  const wrong = [undefined, null, 3, "x", {}, [], new Float32Array(8), noDecoded] as never[];
  for (const value of wrong) {
    assert.throws(() => context.step(value, noDecoded), code("invalid_argument"));
    assert.throws(
      () => context.setSampler(value === 3 ? (9 as never) : value, greedy, Int32Array.of()),
      code("invalid_argument"),
    );
    assert.throws(
      () => context.setSampler(0, value === null ? value : (3 as never), Int32Array.of()),
      code("invalid_argument"),
    );
    assert.throws(() => new addon.Context(value, contextOptions()), code("invalid_argument"));
    assert.throws(() => addon.attachModel(value === 3 ? (-1 as never) : value), code("invalid_argument"));
  }
  assert.throws(() => context.step(oneRow(), 5 as never), code("invalid_argument"));
  assert.throws(() => new addon.Context(model, 5 as never), code("invalid_argument"));
});

test("a handle's methods refuse another handle as their receiver", () => {
  assert.throws(() => context.step.call(model, oneRow(), noDecoded));
  assert.throws(() => model.info.call(context as never));
  assert.throws(() => model.info.call({} as never));
});

test("a model can't be made by new", () => {
  const Model = (addon as unknown as { Model: new () => unknown }).Model;
  assert.throws(() => new Model(), code("invalid_argument"));
});

test("sampling parameters out of range are refused with the field's name", () => {
  for (const [changes, field] of [
    [{ seed: -1 }, /seed/],
    [{ topK: 1.5 }, /topK/],
    [{ temperature: Number.NaN }, /temperature/],
    [{ repetitionPenalty: 0 }, /repetitionPenalty/],
    [{ logitBias: [[999_999, 1]] }, /logitBias/],
  ] as const) {
    const parameters = { ...greedy, temperature: 1, ...changes } as never;
    assert.throws(() => context.setSampler(1, parameters, Int32Array.of()), field);
  }
});

test("context options out of range are refused with the field's name", () => {
  for (const [changes, field] of [
    [{ slots: 0 }, /slots/],
    [{ slots: 257 }, /slots/],
    [{ batchTokens: 1 }, /batchTokens/],
    [{ cacheTypeK: "f64" as never }, /cacheTypeK/],
    [{ flashAttention: "maybe" as never }, /flashAttention/],
    [{ contextTokens: -5 }, /contextTokens/],
    [{ poll: -1 }, /poll/],
    [{ poll: 101 }, /poll/],
    [{ poll: 0.5 }, /poll/],
    [{ poll: undefined as never }, /poll/],
    [{ slots: 256, contextTokens: 16_777_216 }, /cells/],
  ] as const) {
    assert.throws(() => new addon.Context(model, contextOptions(changes)), field);
  }
  assert.equal(addon.alive().contexts, 1);
});

test("a closed context and a closed model refuse everything, and closing twice is fine", async () => {
  const otherModel = addon.attachModel(model.info().id);
  const other = new addon.Context(otherModel, contextOptions());
  otherModel.close();
  otherModel.close();
  other.setSampler(0, greedy, Int32Array.of());
  assert.equal(other.step(oneRow(), noDecoded)[4], 1);
  other.close();
  other.close();
  assert.throws(() => other.step(oneRow(), noDecoded), code("handle_closed"));
  assert.throws(() => other.info(), code("handle_closed"));
  assert.throws(() => otherModel.info(), code("handle_closed"));
  assert.throws(() => new addon.Context(otherModel, contextOptions()), code("handle_closed"));
});

test("a callback that throws breaks the step off, and the next one works", () => {
  const other = new addon.Context(model, contextOptions());
  other.setSampler(0, greedy, Int32Array.of());
  const decode = Int32Array.of(0, 1, 0, 5, 0, 0, 0);
  assert.throws(
    () =>
      other.step(decode, () => {
        throw new Error("from the callback");
      }),
    /from the callback/,
  );
  assert.equal(other.step(Int32Array.of(0, 1, 0, 5, 1, 0, 0), noDecoded)[3], 1);
  other.close();
});

test("a callback can neither step nor close the context that calls it", () => {
  const other = new addon.Context(model, contextOptions());
  other.setSampler(0, greedy, Int32Array.of());
  other.step(Int32Array.of(0, 1, 0, 5, 0, 0, 0), () => {
    assert.throws(() => other.step(oneRow(), noDecoded), code("invalid_argument"));
    assert.throws(() => other.close(), code("invalid_argument"));
  });
  other.close();
});

test("a row that does not continue its slot fails the pass and leaves the slot as it was", () => {
  const other = new addon.Context(model, contextOptions());
  other.setSampler(0, greedy, Int32Array.of());
  other.step(oneRow(), noDecoded);
  const [, gapStatus, , , gapTokens] = other.step(oneRow({ position: 9 }), noDecoded);
  const [, nextStatus, , , nextTokens] = other.step(oneRow({ position: 1 }), noDecoded);
  other.close();
  assert.deepEqual([gapStatus, gapTokens, nextStatus, nextTokens], [-1, 0, 0, 1]);
});

// JavaScript that runs while an argument is read.
test("a getter that closes the context leaves a closed context", () => {
  const other = new addon.Context(model, contextOptions());
  const parameters = {
    ...greedy,
    get temperature(): number {
      other.close();
      return 1;
    },
  };
  assert.throws(() => other.setSampler(0, parameters, Int32Array.of()), code("handle_closed"));
});

test("a list that grows while it is read is read at its first length", () => {
  const tensorSplit = [0, 1];
  Object.defineProperty(tensorSplit, 0, {
    get: () => {
      for (let i = 0; i < 5000; i++) tensorSplit.push(1);
      return 1;
    },
  });
  const { promise } = addon.loadModel("/nowhere", { ...placement, tensorSplit }, () => {});
  return assert.rejects(promise, code("model_load_failed"));
});

test("the prompt pass is left out where the callback returns false, and can be computed later", () => {
  const other = new addon.Context(model, contextOptions());
  for (const sampler of [0, 1]) other.setSampler(sampler, greedy, Int32Array.of());
  const promptRow = [6, 0, 1, 1];
  const leftOut = other.step(Int32Array.of(0, 1, 1, 5, 0, 0, 0, ...promptRow), () => false);
  const later = other.step(Int32Array.of(0, 0, 1, ...promptRow), noDecoded);
  other.close();
  // Statuses, graphs of the decode pass, tokens of either, graphs of the prompt pass.
  assert.deepEqual([...leftOut.slice(0, 6)], [0, 0, 1, 1, 0, 0]);
  assert.deepEqual([...later.slice(0, 6)], [0, 0, 0, 0, 1, 1]);
});

test("a sampler that a callback clears gives no token to the prompt pass", () => {
  const other = new addon.Context(model, contextOptions());
  for (const sampler of [0, 1]) other.setSampler(sampler, greedy, Int32Array.of());
  const plan = Int32Array.of(0, 1, 1, 5, 0, 0, 0, 6, 0, 1, 1);
  const result = other.step(plan, () => {
    other.clearSampler(1);
    return true;
  });
  other.close();
  assert.deepEqual([result[4], result.at(-1)], [1, -1]);
});

test("an object with a model's prototype is no model", () => {
  const other = new addon.Context(model, contextOptions());
  const prototype = Object.getPrototypeOf(other);
  const forged = Object.setPrototypeOf(other, Object.getPrototypeOf(model));
  assert.throws(() => new addon.Context(forged, contextOptions()), code("invalid_argument"));
  Object.setPrototypeOf(other, prototype).close();
});
