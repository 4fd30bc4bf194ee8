import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readGgufFileInfo } from "node-llama-cpp";
import {
  qwen3Shape32B,
  type RandomModelShape,
  randomModelBytes,
  tinyShape,
  writeRandomModel,
} from "#weir/builder/index.js";
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

/** Q4_K has blocks of 256 values, so its rows are longer. */
const wholeBlocks: Partial<Record<string, { embedding: number; feedForward: number; heads: number }>> = {
  q4_k: { embedding: 256, feedForward: 256, heads: 16 },
};

for (const weights of ["f32", "f16", "q8_0", "q4_k"] as const) {
  test(`the weights of a matrix have the standard deviation 1 / √inputs in ${weights}`, async (context) => {
    const path = join(await temporaryFolder(context), "random.gguf");
    await writeRandomModel(path, vocabulary, { ...shape, ...wholeBlocks[weights], weights });
    const rows = Array.from({ length: 32 }, (_, row) => row);
    const values = (await readRows(path, "blk.0.ffn_down.weight", rows)).flat();
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    const inputs = wholeBlocks[weights]?.feedForward ?? shape.feedForward;
    assert.ok(Math.abs(deviation * Math.sqrt(inputs) - 1) < 0.03, `deviation ${deviation}`);
  });
}

test("llama.cpp's Q4_K weights lie evenly around 0", async (context) => {
  const path = join(await temporaryFolder(context), "random.gguf");
  await writeRandomModel(path, vocabulary, { ...shape, ...wholeBlocks["q4_k"], weights: "q4_k" });
  const values = (await readRows(path, "output.weight", [0, 1, 2, 3, 4, 5, 6, 7])).flat();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const most = Math.max(...values);
  assert.ok(Math.abs(mean) < 0.05 * most, `mean ${mean}, most ${most}`);
});

test("a file has the bytes that its shape says, but for vocabulary and norms", async (context) => {
  const path = join(await temporaryFolder(context), "random.gguf");
  const { bytes } = await writeRandomModel(path, vocabulary, shape);
  const rest = bytes - randomModelBytes(shape, vocabulary.tokens.length);
  assert.ok(rest > 0 && rest < 8e6, `${rest} bytes`);
});

test("the shape of Qwen3-32B has its 32.8 billion weights", () => {
  const bytes = randomModelBytes(qwen3Shape32B("q8_0"), 151_936);
  assert.equal(Math.round(((bytes / 34) * 32) / 1e8), 328);
});

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
