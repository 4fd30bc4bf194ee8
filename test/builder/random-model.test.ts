import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readGgufFileInfo } from "node-llama-cpp";
import { type RandomModelShape, tinyShape, writeRandomModel } from "#weir/builder/index.js";
import { syntheticVocabulary } from "./synthetic-vocabulary.js";
import { temporaryFolder } from "./temporary-folder.js";
import { readRows } from "./tensor-reader.js";

const vocabulary = syntheticVocabulary();

/** As small as a whole vocabulary lets it be. */
const shape: RandomModelShape = { ...tinyShape, name: "test", layers: 1, embedding: 32, weights: "q8_0" };

test("the same seed gives the same bytes", async (context) => {
  const folder = await temporaryFolder(context);
  await writeRandomModel(join(folder, "one.gguf"), vocabulary, shape, { seed: 7 });
  await writeRandomModel(join(folder, "two.gguf"), vocabulary, shape, { seed: 7 });
  assert.ok((await readFile(join(folder, "one.gguf"))).equals(await readFile(join(folder, "two.gguf"))));
});

test("another seed gives other weights", async (context) => {
  const folder = await temporaryFolder(context);
  await writeRandomModel(join(folder, "one.gguf"), vocabulary, shape, { seed: 7 });
  await writeRandomModel(join(folder, "two.gguf"), vocabulary, shape, { seed: 8 });
  const [one, two] = await Promise.all(
    ["one.gguf", "two.gguf"].map((name) => readRows(join(folder, name), "blk.0.attn_q.weight", [3])),
  );
  assert.notDeepEqual(one, two);
});

for (const weights of ["f32", "f16", "q8_0"] as const) {
  test(`the weights of a matrix have the standard deviation 1 / √inputs in ${weights}`, async (context) => {
    const path = join(await temporaryFolder(context), "random.gguf");
    await writeRandomModel(path, vocabulary, { ...shape, weights });
    const rows = Array.from({ length: 32 }, (_, row) => row);
    const values = (await readRows(path, "blk.0.ffn_down.weight", rows)).flat();
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    assert.ok(Math.abs(deviation * Math.sqrt(shape.feedForward) - 1) < 0.03, `deviation ${deviation}`);
  });
}

test("the output matrix is not the embedding", async (context) => {
  const path = join(await temporaryFolder(context), "random.gguf");
  await writeRandomModel(path, vocabulary, shape);
  const [embedding, output] = await Promise.all(
    ["token_embd.weight", "output.weight"].map((name) => readRows(path, name, [100])),
  );
  assert.notDeepEqual(embedding, output);
});

test("tiny has the sizes that its metadata says", async (context) => {
  const path = join(await temporaryFolder(context), "tiny.gguf");
  await writeRandomModel(path, vocabulary, tinyShape);
  const { metadata, tensorInfo = [] } = await readGgufFileInfo(path);
  assert.equal(metadata.qwen3?.block_count, 2);
  assert.deepEqual(
    tensorInfo
      .filter(({ name }) => /^(output|blk\.1\.(attn_k|ffn_down))\./.test(name))
      .map(({ dimensions }) => dimensions),
    [
      [64, 151_936],
      [64, 32],
      [128, 64],
    ],
  );
});
