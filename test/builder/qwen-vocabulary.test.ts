import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { writeGgufFile } from "#weir/builder/gguf-file.js";
import type { Metadata } from "#weir/builder/gguf-metadata.js";
import { readVocabulary } from "#weir/builder/index.js";
import { temporaryFolder } from "./temporary-folder.js";

const withoutMerges: Metadata = [
  ["general.architecture", { type: "string", value: "qwen2" }],
  ["tokenizer.ggml.model", { type: "string", value: "gpt2" }],
  ["tokenizer.ggml.tokens", { type: "string array", value: ["a", "Ġb", "<|im_end|>"] }],
  ["tokenizer.ggml.token_type", { type: "int32 array", value: [1, 1, 3] }],
];

async function files(folder: string, metadata: Metadata): Promise<[gguf: string, template: string]> {
  await writeGgufFile(join(folder, "vocabulary.gguf"), metadata, []);
  await writeFile(join(folder, "template.jinja"), "{{ bos }} 你好");
  return [join(folder, "vocabulary.gguf"), join(folder, "template.jinja")];
}

test("a vocabulary is read from a GGUF file and a template", async (context) => {
  const merges = ["tokenizer.ggml.merges", { type: "string array", value: ["a Ġb"] }] as const;
  const paths = await files(await temporaryFolder(context), [...withoutMerges, merges]);
  assert.deepEqual(await readVocabulary(...paths), {
    tokens: ["a", "Ġb", "<|im_end|>"],
    tokenTypes: [1, 1, 3],
    merges: ["a Ġb"],
    chatTemplate: "{{ bos }} 你好",
  });
});

test("a GGUF file without merges is refused", async (context) => {
  const paths = await files(await temporaryFolder(context), withoutMerges);
  await assert.rejects(readVocabulary(...paths), /holds no BPE merges/);
});
