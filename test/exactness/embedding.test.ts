import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { type PooledModel, tinyShape, writeRandomModel } from "#weir/builder/index.js";
import type { EmbeddingContextHandle, ModelHandle } from "#weir/llama/addon.js";
import type { EmbeddingOptions } from "#weir/llama/options.js";
import { qwenVocabulary } from "../../bench/large-rig.js";
import { type Addon, cpuAddon, embeddingOptions, placement } from "../native/addon.js";
import { encoderTokens, writeEncoderModel } from "../support/encoder-model.js";
import { modelPaths } from "../support/models.js";
import { largestDistance, sentences, unitVectors, valuesOf } from "../support/texts.js";

/**
 * What may move a vector of length 1: llama.cpp multiplies a few rows in another order than many, and rounds activations
 * to half precision. Measured: 0.0020 at most.
 */
const rounding = 0.005;

let addon: Addon;
let folder: string;
before(async () => {
  ({ addon } = await cpuAddon());
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-embedding-"));
});
after(() => {
  fs.rmSync(folder, { recursive: true });
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

const random = (pooled: PooledModel) => async (file: string) => {
  await writeRandomModel(file, await qwenVocabulary(), { ...tinyShape, pooled });
};

/** Every way to make a text's vector, on the tiny model's weights; and an encoder. */
const models: readonly (readonly [name: string, write: null | ((file: string) => Promise<void>)])[] = [
  ["pools the last token", null],
  ["looks both ways and pools the last token", random({ pooling: "last", causal: false })],
  ["averages its tokens", random({ pooling: "mean", causal: true })],
  ["looks both ways and averages its tokens", random({ pooling: "mean", causal: false })],
  ["pools the first token", random({ pooling: "cls", causal: false })],
  ["is an encoder", async (file) => writeEncoderModel(file, await qwenVocabulary())],
];

for (const [name, write] of models) {
  describe(`a model that ${name}`, () => {
    let model: ModelHandle;
    let texts: Int32Array[];
    let alone: Float32Array[];

    before(async () => {
      const file = write === null ? modelPaths.tinyEmbedding : path.join(folder, `${name}.gguf`);
      await write?.(file);
      model = await addon.loadModel(file, placement, () => {}).promise;
      texts = sentences(64).map((text) => model.tokenize(text, true, true));
      alone = withContext({}, (context) => texts.flatMap((text) => unitVectors(context, [text])));
    });
    after(() => model.close());

    function withContext<Result>(
      changes: Partial<EmbeddingOptions>,
      use: (context: EmbeddingContextHandle) => Result,
    ): Result {
      const context = new addon.EmbeddingContext(model, embeddingOptions(changes));
      try {
        return use(context);
      } finally {
        context.close();
      }
    }

    test("gives a text the same vector alone and among 63 others", () => {
      const together = withContext({}, (context) => unitVectors(context, texts));
      const apart = largestDistance(together, alone);
      assert.ok(apart <= rounding, `${apart} apart`);
    });

    test("gives texts different vectors", () => {
      const [first = new Float32Array(), ...others] = alone;
      const nearest = Math.min(...others.map((other) => largestDistance([first], [other])));
      assert.ok(nearest > 20 * rounding, `two texts are ${nearest} apart`);
    });

    test("gives the same vectors with smaller graphs", () => {
      const small = { microBatchTokens: 16 };
      const apart = largestDistance(
        withContext(small, (context) => unitVectors(context, texts)),
        alone,
      );
      assert.ok(apart <= rounding, `${apart} apart`);
    });
  });
}

test("a long text has the same vector in graphs of 32 tokens as in one", async () => {
  const model = await addon.loadModel(modelPaths.tinyEmbedding, placement, () => {}).promise;
  const text = Int32Array.from({ length: 500 }, (_, i) => (i * 7919) % 151_000);
  const [whole, parts] = [512, 32].map((microBatchTokens) => {
    const context = new addon.EmbeddingContext(model, embeddingOptions({ microBatchTokens }));
    const vectors = unitVectors(context, [text]);
    context.close();
    return vectors;
  });
  model.close();
  const apart = largestDistance(whole ?? [], parts ?? []);
  assert.ok(apart <= rounding, `${apart} apart`);
});

test("a model that pools the last token is computed without logits, and gives what llama.cpp's own pooling gives", async () => {
  const model = await addon.loadModel(modelPaths.tinyEmbedding, placement, () => {}).promise;
  const texts = sentences(64).map((text) => model.tokenize(text, true, true));
  const [skipped, pooled] = [true, false].map((skipLogits) => {
    const context = new addon.EmbeddingContext(model, embeddingOptions({ skipLogits }));
    assert.equal(context.info().skipsLogits, skipLogits);
    const vectors = unitVectors(context, texts);
    context.close();
    return vectors;
  });
  model.close();
  const apart = largestDistance(skipped ?? [], pooled ?? []);
  assert.ok(apart <= rounding, `${apart} apart`);
});

for (const microBatchTokens of [512, 32]) {
  test(`a reranker is computed without logits, and gives llama.cpp's own scores, in graphs of ${microBatchTokens}`, async () => {
    const model = await addon.loadModel(modelPaths.tinyRerank, placement, () => {}).promise;
    const texts = sentences(64).map((text) => model.tokenize(text, true, true));
    const [skipped, pooled] = [true, false].map((skipLogits) => {
      const context = new addon.EmbeddingContext(model, embeddingOptions({ microBatchTokens, skipLogits }));
      assert.equal(context.info().skipsLogits, skipLogits);
      const scores = valuesOf(context, texts);
      context.close();
      return scores;
    });
    model.close();
    const apart = largestDistance(skipped ?? [], pooled ?? []);
    assert.ok(apart <= 1e-6, `${apart} apart`);
  });
}

test("an encoder takes no text that is longer than its trained positions", async () => {
  const file = path.join(folder, "encoder.gguf");
  await writeEncoderModel(file, await qwenVocabulary());
  const model = await addon.loadModel(file, placement, () => {}).promise;
  const context = new addon.EmbeddingContext(model, embeddingOptions());
  const { textTokens } = context.info();
  const embed = (length: number) => context.embed(new Int32Array(length), Int32Array.of(length));
  const longest = embed(encoderTokens);
  assert.throws(() => embed(encoderTokens + 1), { code: "invalid_argument" });
  context.close();
  model.close();
  assert.deepEqual([textTokens, longest.every(Number.isFinite)], [encoderTokens, true]);
});
