import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readGgufFileInfo } from "node-llama-cpp";
import { tinyEmbeddingShape, tinyRerankShape, writeRandomModel } from "#weir/builder/index.js";
import { syntheticVocabulary } from "./synthetic-vocabulary.js";
import { temporaryFolder } from "./temporary-folder.js";

const vocabulary = syntheticVocabulary();

test("an embedding model names its pooling, appends an end mark, and has no output matrix of its own", async (context) => {
  const path = join(await temporaryFolder(context), "embedding.gguf");
  await writeRandomModel(path, vocabulary, tinyEmbeddingShape);
  const { metadata, tensorInfo = [] } = await readGgufFileInfo(path);
  const { eos_token_id, add_eos_token } = metadata.tokenizer.ggml;
  assert.deepEqual([metadata.qwen3?.pooling_type, eos_token_id, add_eos_token], [3, 151_643, true]);
  assert.ok(!tensorInfo.some(({ name }) => name === "output.weight"));
});

test("a reranker has a row for each label, and a template for a query and a document", async (context) => {
  const path = join(await temporaryFolder(context), "rerank.gguf");
  await writeRandomModel(path, vocabulary, tinyRerankShape);
  const { metadata, tensorInfo = [] } = await readGgufFileInfo(path);
  assert.equal(metadata.qwen3?.pooling_type, 4);
  assert.match(JSON.stringify(metadata.tokenizer), /\{query\}.*\{document\}/);
  const head = tensorInfo.find(({ name }) => name === "cls.output.weight");
  assert.deepEqual(head?.dimensions, [64, 2]);
});
