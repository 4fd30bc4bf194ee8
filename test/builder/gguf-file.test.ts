import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readGgufFileInfo } from "node-llama-cpp";
import { type TensorSource, writeGgufFile } from "#weir/builder/gguf-file.js";
import type { Metadata } from "#weir/builder/gguf-metadata.js";
import { temporaryFolder } from "./temporary-folder.js";
import { readRows } from "./tensor-reader.js";

const metadata: Metadata = [
  ["general.architecture", { type: "string", value: "qwen3" }],
  ["general.name", { type: "string", value: "ein Wehr 堰" }],
  ["qwen3.block_count", { type: "uint32", value: 7 }],
  ["qwen3.rope.freq_base", { type: "float32", value: 0.5 }],
  ["tokenizer.ggml.tokens", { type: "string array", value: ["ä", "", "🙂"] }],
  ["tokenizer.ggml.token_type", { type: "int32 array", value: [1, -3, 4] }],
  ["tokenizer.ggml.add_bos_token", { type: "bool", value: true }],
];

function floats(name: string, values: readonly number[]): TensorSource {
  const chunks = () => values.map((value) => Buffer.from(Float32Array.of(value).buffer));
  return { name, dimensions: [values.length], type: "f32", chunks };
}

/** Its chunks hold one value less than its dimensions say. */
const shortTensor: TensorSource = { ...floats("short", new Array(9).fill(0)), dimensions: [10] };

test("metadata of every type is read back by node-llama-cpp", async (context) => {
  const path = join(await temporaryFolder(context), "model.gguf");
  await writeGgufFile(path, metadata, []);
  const read = await readGgufFileInfo(path);
  assert.deepEqual(JSON.parse(JSON.stringify(read.metadata)), {
    general: { architecture: "qwen3", name: "ein Wehr 堰" },
    qwen3: { block_count: 7, rope: { freq_base: 0.5 } },
    tokenizer: { ggml: { tokens: ["ä", "", "🙂"], token_type: [1, -3, 4], add_bos_token: true } },
  });
});

test("tensors are read back by node-llama-cpp, in order, whatever the length of their chunks", async (context) => {
  const path = join(await temporaryFolder(context), "model.gguf");
  await writeGgufFile(path, metadata, [floats("one", [1, 2, 3]), floats("two", [4])]);
  assert.deepEqual(
    [await readRows(path, "one", [0]), await readRows(path, "two", [0])],
    [[[1, 2, 3]], [[4]]],
  );
});

test("every tensor starts at a multiple of 32 bytes", async (context) => {
  const path = join(await temporaryFolder(context), "model.gguf");
  await writeGgufFile(path, metadata, [floats("one", [1, 2, 3]), floats("two", [4]), floats("three", [5])]);
  const { infoEndOffset = Number.NaN, tensorInfo = [] } = await readGgufFileInfo(path);
  const remainders = tensorInfo.map((tensor) => (infoEndOffset + Number(tensor.offset)) % 32);
  assert.deepEqual(remainders, [0, 0, 0]);
});

test("the number of bytes written is the file's length", async (context) => {
  const path = join(await temporaryFolder(context), "model.gguf");
  const { bytes } = await writeGgufFile(path, metadata, [floats("one", [1, 2, 3])]);
  assert.equal(bytes, (await stat(path)).size);
});

test("a tensor whose bytes do not fit its dimensions fails and leaves nothing behind", async (context) => {
  const folder = await temporaryFolder(context);
  const write = writeGgufFile(join(folder, "model.gguf"), metadata, [shortTensor]);
  await assert.rejects(write, /short has 36 bytes instead of 40/);
  assert.deepEqual(await readdir(folder), []);
});

test("a failure leaves an earlier file as it was", async (context) => {
  const folder = await temporaryFolder(context);
  const path = join(folder, "model.gguf");
  await writeGgufFile(path, metadata, []);
  const before = await readFile(path);
  await assert.rejects(writeGgufFile(path, metadata, [shortTensor]));
  assert.deepEqual([await readdir(folder), await readFile(path)], [["model.gguf"], before]);
});

test("a folder that is missing is reported as such", async (context) => {
  const path = join(await temporaryFolder(context), "missing", "model.gguf");
  await assert.rejects(writeGgufFile(path, metadata, []), { code: "ENOENT" });
});
