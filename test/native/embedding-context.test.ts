import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import type { DeviceMemory, EmbeddingContextHandle, ModelHandle } from "#weir/llama/addon.js";
import type { EmbeddingOptions } from "#weir/llama/options.js";
import { modelPaths } from "../support/models.js";
import { type Addon, cpuAddon, embeddingOptions, loadTiny, placement } from "./addon.js";

let addon: Addon;
let variant: string;
let model: ModelHandle;
let context: EmbeddingContextHandle;

const small = { contextTokens: 100, batchTokens: 64, microBatchTokens: 32, sequences: 4 };
const options = (changes: Partial<EmbeddingOptions> = {}) => embeddingOptions({ ...small, ...changes });

before(async () => {
  ({ addon, variant } = await cpuAddon());
  model = await addon.loadModel(modelPaths.tinyEmbedding, placement, () => {}).promise;
  context = new addon.EmbeddingContext(model, options());
});

after(() => {
  context.close();
  model.close();
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

const code = (expected: string) => (error: Error & { code?: string }) => error.code === expected;
const ints = (...values: number[]): Int32Array => Int32Array.from(values);

test("the context says what it is", () => {
  const { threads: _, ...facts } = context.info();
  assert.deepEqual(facts, {
    pooling: "last",
    width: 64,
    sequences: 4,
    textTokens: 100,
    capacityTokens: 100,
    microBatchTokens: 32,
    skipsLogits: true,
  });
});

test("two texts give two vectors", () => {
  const values = context.embed(ints(5, 6, 7), ints(2, 3));
  assert.equal(values.length, 128);
  assert.ok(values.every(Number.isFinite));
  assert.notDeepEqual(values.subarray(0, 64), values.subarray(64));
});

test("a call forgets the one before", () => {
  const first = context.embed(ints(5, 6, 7), ints(3));
  context.embed(ints(1, 2, 3, 4), ints(4));
  assert.deepEqual(context.embed(ints(5, 6, 7), ints(3)), first);
});

// Everything that llama.cpp would answer with an abort, with undefined behaviour or with nonsense.
for (const [problem, tokens, ends, message] of [
  ["no text", ints(), ints(), /no text/],
  ["no text but tokens", ints(1), ints(), /no text/],
  ["an empty text", ints(1), ints(0, 1), /text 0 has no token/],
  ["ends that go back", ints(1, 2, 3), ints(3, 2), /text 1 has no token/],
  ["a negative end", ints(1), ints(-1), /text 0 has no token/],
  ["ends so far apart that their distance overflows", ints(1), ints(-(2 ** 31), 2 ** 31 - 1), /text 0 has/],
  ["fewer tokens than its ends say", ints(1, 2), ints(3), /last end is 3, but there are 2/],
  ["more tokens than its ends say", ints(1, 2, 3), ints(2), /last end is 2, but there are 3/],
  ["a token outside the vocabulary", ints(151_936), ints(1), /token 151936 is not in/],
  ["a negative token", ints(-1), ints(1), /token -1 is not in/],
  ["more texts than sequences", ints(1, 2, 3, 4, 5), ints(1, 2, 3, 4, 5), /5 texts, and the limit is 4/],
  ["a text that is too long", new Int32Array(101), ints(101), /101 tokens, and the limit is 100/],
  ["more tokens than cells", new Int32Array(120), ints(60, 120), /120 tokens, and the limit is 100/],
] as const) {
  test(`${problem} is refused`, () => {
    assert.throws(
      () => context.embed(tokens, ends),
      (error: Error) => code("invalid_argument")(error) && message.test(error.message),
    );
  });
}

test("values of a wrong type are refused", () => {
  const wrong = [undefined, null, 3, "x", {}, [1], new Float32Array(1), () => {}] as never[];
  for (const value of wrong) {
    assert.throws(() => context.embed(value, ints(1)), code("invalid_argument"));
    assert.throws(() => context.embed(ints(1), value), code("invalid_argument"));
    assert.throws(() => new addon.EmbeddingContext(value, options()), code("invalid_argument"));
  }
  assert.throws(() => new addon.EmbeddingContext(model, 5 as never), code("invalid_argument"));
});

test("arrays whose memory was given away are refused", () => {
  const memory = new ArrayBuffer(4);
  const tokens = new Int32Array(memory);
  structuredClone(memory, { transfer: [memory] });
  assert.throws(() => context.embed(tokens, ints(1)), code("invalid_argument"));
});

test("options out of range are refused with the field's name", () => {
  for (const [changes, field] of [
    [{ sequences: 0 }, /sequences/],
    [{ sequences: 257 }, /sequences/],
    [{ batchTokens: 0 }, /batchTokens/],
    [{ microBatchTokens: 65 }, /microBatchTokens/],
    [{ contextTokens: -1 }, /contextTokens/],
    [{ contextTokens: 2 ** 20 + 1 }, /contextTokens/],
    [{ threads: 1000 }, /threads/],
    [{ cacheTypeK: "f64" as never }, /cacheTypeK/],
    [{ flashAttention: "maybe" as never }, /flashAttention/],
    [{ skipLogits: 1 as never }, /skipLogits/],
  ] as const) {
    assert.throws(() => new addon.EmbeddingContext(model, options(changes)), field);
  }
  assert.equal(addon.alive().contexts, 1);
});

test("a model that generates text gets no embedding context", async () => {
  const generator = await loadTiny(addon);
  assert.throws(() => new addon.EmbeddingContext(generator, options()), code("model_unsupported"));
  generator.close();
});

test("a closed context and a closed model refuse everything, and closing twice is fine", () => {
  const otherModel = addon.attachModel(model.info().id);
  const other = new addon.EmbeddingContext(otherModel, options());
  otherModel.close();
  assert.equal(other.embed(ints(1), ints(1)).length, 64);
  other.close();
  other.close();
  for (const method of ["info", "memory", "embed"] as const) {
    assert.throws(() => other[method](ints(1), ints(1)), code("handle_closed"));
  }
  assert.throws(() => new addon.EmbeddingContext(otherModel, options()), code("handle_closed"));
});

test("a handle's methods refuse another handle as their receiver", () => {
  assert.throws(() => context.embed.call(model as never, ints(1), ints(1)));
  assert.throws(() => model.info.call(context as never));
});

test("a getter that closes the model while options are read does not take it away", () => {
  const other = addon.attachModel(model.info().id);
  const closing = {
    ...options(),
    get sequences(): number {
      other.close();
      return 4;
    },
  };
  const made = new addon.EmbeddingContext(other, closing);
  assert.equal(made.embed(ints(1), ints(1)).length, 64);
  made.close();
});

test("a thread that is terminated in the middle of a call frees its context and its share of the model", async () => {
  const addonModule = import.meta.resolve("#weir/llama/addon.js");
  const source = `
    const { parentPort } = require("node:worker_threads");
    (async () => {
      const { loadAddon } = await import(${JSON.stringify(addonModule)});
      const addon = loadAddon(${JSON.stringify(variant)});
      const options = ${JSON.stringify(options({ contextTokens: 512 }))};
      const context = new addon.EmbeddingContext(addon.attachModel(${model.info().id}), options);
      parentPort.postMessage("ready");
      for (;;) context.embed(new Int32Array(512), Int32Array.of(512));
    })();
  `;
  for (let i = 0; i < 5; i++) {
    const worker = new Worker(source, { eval: true });
    await new Promise((resolve) => worker.once("message", resolve));
    assert.equal(addon.alive().contexts, 2);
    await worker.terminate();
    assert.equal(addon.alive().contexts, 1);
  }
});

test("the estimate grows with the length of a text", () => {
  const estimate = (contextTokens: number): number => {
    const { devices } = addon.estimateMemory(model, { ...placement, ...options({ contextTokens }) });
    return devices.reduce((sum, { contextBytes }) => sum + contextBytes, 0);
  };
  assert.ok(estimate(4096) > estimate(100));
});

/** The rows of outputs that a context keeps, which llama.cpp does not count: a value a token of the vocabulary, and a vector. */
for (const [what, path, skipLogits, rows, vector] of [
  ["a model that embeds", modelPaths.tinyEmbedding, true, 64, 0],
  ["a reranker", modelPaths.tinyRerank, true, 64, 0],
  ["a reranker that llama.cpp pools", modelPaths.tinyRerank, false, 512, 64],
] as const) {
  test(`the estimate of ${what} is what its context takes, from its file and from the loaded model`, async () => {
    const loaded = await addon.loadModel(path, placement, () => {}).promise;
    const asked = { ...placement, ...embeddingOptions({ skipLogits }) };
    const made = new addon.EmbeddingContext(loaded, asked);
    const taken = made.memory().filter(({ contextBytes, computeBytes }) => contextBytes + computeBytes > 0);
    const estimates = [addon.estimateMemory(loaded, asked), addon.estimateMemory(path, asked)];
    made.close();
    loaded.close();
    const sum = (list: readonly DeviceMemory[], bytes: "contextBytes" | "computeBytes"): number =>
      list.reduce((total, device) => total + device[bytes], 0);
    const expectedPooling = path === modelPaths.tinyRerank ? "rank" : "last";
    const outputBytes = 4 * rows * (151_936 + vector);
    for (const { devices, pooling } of estimates) {
      assert.deepEqual(
        [sum(devices, "contextBytes"), sum(devices, "computeBytes"), pooling],
        [sum(taken, "contextBytes"), sum(taken, "computeBytes") + outputBytes, expectedPooling],
      );
    }
  });
}

test("a reranker is computed in graphs with fewer tokens than there may be texts", async () => {
  const reranker = await addon.loadModel(modelPaths.tinyRerank, placement, () => {}).promise;
  const changes = { microBatchTokens: 16, skipLogits: false };
  const pooled = new addon.EmbeddingContext(reranker, embeddingOptions(changes));
  const values = pooled.embed(new Int32Array(40), ints(20, 40));
  pooled.close();
  reranker.close();
  assert.deepEqual([values.length, values.every(Number.isFinite)], [4, true]);
});
