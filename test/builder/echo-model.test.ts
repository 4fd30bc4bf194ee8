import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readGgufFileInfo } from "node-llama-cpp";
import { tokenCode } from "#weir/builder/bch-code.js";
import { type EchoQuantization, writeEchoModel } from "#weir/builder/index.js";
import { qwenTokens } from "#weir/builder/qwen-tokens.js";
import { tokenFlag } from "#weir/builder/residual-layout.js";
import { WeirError } from "#weir/errors.js";
import { syntheticVocabulary } from "./synthetic-vocabulary.js";
import { temporaryFolder } from "./temporary-folder.js";
import { readRows } from "./tensor-reader.js";

const vocabulary = syntheticVocabulary();

// The model as it is by default, which many tests only read.
let folder: string;
let defaultPath: string;
let defaultBytes: number;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-echo-"));
  defaultPath = join(folder, "default.gguf");
  ({ bytes: defaultBytes } = await writeEchoModel(defaultPath, vocabulary));
});

after(() => rm(folder, { recursive: true }));

/** What the embedding should hold of a token: its code, perhaps a flag, and the ballast. */
function embeddingRow(token: number, flag?: number): number[] {
  const row = new Array<number>(160).fill(0);
  row.splice(0, 64, ...tokenCode(token));
  row[96] = 4096;
  if (flag !== undefined) row[flag] = 1;
  return row;
}

const quantizations: readonly EchoQuantization[] = ["q4_0", "q8_0", "f16"];
for (const quantization of quantizations) {
  test(`the embedding is exact in ${quantization}`, async (context) => {
    const path = join(await temporaryFolder(context), "echo.gguf");
    await writeEchoModel(path, vocabulary, { quantization });
    const tokens = [0, 151_935, qwenTokens.user, qwenTokens.user + 1, qwenTokens.spacedScriptMark];
    assert.deepEqual(await readRows(path, "token_embd.weight", tokens), [
      embeddingRow(0),
      embeddingRow(151_935),
      embeddingRow(qwenTokens.user, tokenFlag.user),
      embeddingRow(qwenTokens.user + 1),
      embeddingRow(qwenTokens.spacedScriptMark, tokenFlag.scriptMark),
    ]);
  });
}

test("the metadata is that of a Qwen3 of 8,192 tokens", async () => {
  const { metadata } = await readGgufFileInfo(defaultPath);
  assert.deepEqual(JSON.parse(JSON.stringify({ general: metadata.general, qwen3: metadata.qwen3 })), {
    general: {
      architecture: "qwen3",
      name: "Echo (Qwen3 architecture, hand-built weights)",
      file_type: 2,
      quantization_version: 2,
    },
    qwen3: {
      block_count: 5,
      context_length: 8192,
      embedding_length: 160,
      feed_forward_length: 32,
      attention: {
        head_count: 12,
        head_count_kv: 1,
        key_length: 64,
        value_length: 64,
        layer_norm_rms_epsilon: Math.fround(1e-6),
      },
      rope: { freq_base: 1e7 },
    },
  });
});

test("the tokenizer has the special tokens of Qwen3, and the caller's vocabulary stays as it was", async () => {
  const { tokens, token_type: tokenTypes } = (await readGgufFileInfo(defaultPath)).metadata.tokenizer.ggml;
  const { think } = qwenTokens;
  assert.deepEqual(
    [tokens[think], tokenTypes[think], vocabulary.tokens[think]],
    ["<think>", 4, `token ${think}`],
  );
});

test("a second build has the same bytes", async (context) => {
  const path = join(await temporaryFolder(context), "echo.gguf");
  await writeEchoModel(path, vocabulary);
  assert.ok((await readFile(path)).equals(await readFile(defaultPath)));
});

test("the number of bytes written is the file's length", async () => {
  assert.equal(defaultBytes, (await stat(defaultPath)).size);
});

test("the context length of the metadata is the one that the model is tuned for", async (context) => {
  const path = join(await temporaryFolder(context), "echo.gguf");
  await writeEchoModel(path, vocabulary, { contextTokens: 512 });
  const { metadata } = await readGgufFileInfo(path, {
    ignoreKeys: ["tokenizer.ggml.tokens"],
    readTensorInfo: false,
  });
  assert.equal(metadata.qwen3?.context_length, 512);
});

for (const contextTokens of [16_385, 255, 1000.5, Number.NaN]) {
  test(`a context of ${contextTokens} tokens is refused with the limits, and nothing is written`, async (context) => {
    const folder = await temporaryFolder(context);
    await assert.rejects(
      writeEchoModel(join(folder, "echo.gguf"), vocabulary, { contextTokens }),
      (error) => {
        return (
          error instanceof WeirError &&
          error.code === "invalid_argument" &&
          /256 to 16384/.test(error.message)
        );
      },
    );
    assert.deepEqual(await readdir(folder), []);
  });
}

test("a recency of nothing is refused", async () => {
  await assert.rejects(writeEchoModel("never.gguf", vocabulary, { recencyNats: 0 }), {
    code: "invalid_argument",
  });
});

test("a vocabulary that is not Qwen's is refused", async () => {
  const other = { ...vocabulary, tokens: ["a", "b"], tokenTypes: [1, 1] };
  await assert.rejects(writeEchoModel("never.gguf", other), /these 2 tokens are not Qwen's vocabulary/);
});
