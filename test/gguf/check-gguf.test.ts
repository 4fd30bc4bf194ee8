import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { type TensorSource, writeGgufFile } from "#weir/builder/gguf-file.js";
import type { Metadata, MetadataValue } from "#weir/builder/gguf-metadata.js";
import { checkGguf } from "#weir/gguf/check-gguf.js";
import { ModelRegistry } from "#weir/registry/model-registry.js";
import { cpuAddon, placement } from "../native/addon.js";
import { loadOptions } from "../support/load-options.js";
import { modelPaths, projectDirectory } from "../support/models.js";
import { smallModel } from "./small-model.js";

let folder: string;
let files = 0;

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-gguf-"));
});

after(() => fs.rmSync(folder, { recursive: true }));

interface Changes {
  /** Null takes the key away. */
  readonly metadata?: Readonly<Record<string, MetadataValue | null>>;
  readonly tensors?: (tensors: TensorSource[]) => TensorSource[];
  /** In place of the whole file. */
  readonly bytes?: (bytes: Buffer) => Buffer;
}

/** The small model with changes, in a file of its own. */
async function changedModel({ metadata = {}, tensors, bytes }: Changes): Promise<string> {
  const file = path.join(folder, `${files++}.gguf`);
  const small = smallModel();
  const kept: Metadata = small.metadata.filter(([key]) => !(key in metadata));
  const added = Object.entries(metadata).flatMap(([key, value]): [string, MetadataValue][] =>
    value === null ? [] : [[key, value]],
  );
  await writeGgufFile(file, [...kept, ...added], tensors?.(small.tensors) ?? small.tensors);
  if (bytes !== undefined) fs.writeFileSync(file, bytes(fs.readFileSync(file)));
  return file;
}

const count = (value: number): MetadataValue => ({ type: "uint32", value });
const real = (value: number): MetadataValue => ({ type: "float32", value });
const text = (value: string): MetadataValue => ({ type: "string", value });
const texts = (...value: string[]): MetadataValue => ({ type: "string array", value });

const counts = (length: number, each: number): MetadataValue => ({
  type: "int32 array",
  value: Array<number>(length).fill(each),
});
const longText = text("x".repeat(15 * 2 ** 20));

const withoutTensor = (name: string) => (tensors: TensorSource[]) =>
  tensors.filter((tensor) => tensor.name !== name);

/** Overwrites the bytes behind the first place where the text stands. */
const patched = (after: string, skip: number, patch: Uint8Array) => (bytes: Buffer) => {
  bytes.set(patch, bytes.indexOf(after) + after.length + skip);
  return bytes;
};

const faults: readonly (readonly [string, Changes, RegExp])[] = [
  ["another format's magic", { bytes: () => Buffer.from("PK\x03\x04") }, /not a GGUF file/],
  ["an empty file", { bytes: () => Buffer.alloc(0) }, /not a GGUF file/],
  ["a version of the future", { bytes: patched("GGUF", 0, Buffer.of(9)) }, /GGUF version 9/],
  ["more tensors than can be", { bytes: patched("GGUF", 10, Buffer.of(1)) }, /claims \d+ tensors/],
  ["more keys than can be", { bytes: patched("GGUF", 18, Buffer.of(1)) }, /claims \d+ metadata keys/],
  [
    "a string longer than the file",
    { bytes: patched("general.name", 4, Buffer.of(0, 0, 15)) },
    /the value of general\.name takes \d+ bytes at byte \d+, and \d+ are left/,
  ],
  [
    "an array longer than the file",
    { bytes: patched("tokenizer.ggml.token_type", 8, Buffer.of(0, 0, 15)) },
    /tokenizer\.ggml\.token_type claims \d+ values/,
  ],
  [
    "more values than can be, with those of the arrays before",
    { bytes: patched("tokenizer.ggml.merges", 8, Buffer.of(0, 0, 128)) },
    /merges claims 8388608 values before byte \d+, which makes 8388\d+, and 8388608 in all/,
  ],
  [
    "more text than can be, in pieces that can",
    { metadata: Object.fromEntries(["a", "b", "c", "d", "e"].map((key) => [key, longText])) },
    /its texts have more than 67108864 bytes at byte 6\d+/,
  ],
  [
    "an unknown type",
    { bytes: patched("general.name", 0, Buffer.of(77)) },
    /general\.name has the unknown type 77/,
  ],
  [
    "an array of arrays",
    { bytes: patched("tokenizer.ggml.tokens", 4, Buffer.of(9)) },
    /tokenizer\.ggml\.tokens is an array of arrays/,
  ],
  [
    "a text that is not UTF-8",
    { bytes: patched("general.name", 12, Buffer.of(0xff)) },
    /general\.name at byte \d+ is not UTF-8/,
  ],
  [
    "a flag of 2",
    { bytes: patched("add_bos_token", 4, Buffer.of(2)) },
    /add_bos_token is 2 .*neither true nor false/,
  ],
  ["an odd alignment", { metadata: { "general.alignment": count(48) } }, /general\.alignment is 48/],
  [
    "a tensor of no size",
    { bytes: patched("output_norm.weight", 4, Buffer.of(0)) },
    /tensor output_norm\.weight cannot be 0/,
  ],
  [
    "a tensor with five dimensions",
    { bytes: patched("output_norm.weight", 0, Buffer.of(5)) },
    /output_norm\.weight has 5 dimensions/,
  ],
  [
    "a tensor type that was removed",
    { bytes: patched("output_norm.weight", 12, Buffer.of(4)) },
    /output_norm\.weight has the unknown type 4/,
  ],
  [
    "a tensor in another's place",
    { bytes: patched("output_norm.weight", 16, Buffer.of(32)) },
    /output_norm\.weight begins at \d+ instead of \d+/,
  ],
  [
    "weights that are cut",
    { bytes: (bytes) => bytes.subarray(0, -100) },
    /has \d+ bytes, and its weights end at byte \d+/,
  ],
  ["no layers", { metadata: { "qwen3.block_count": count(0) } }, /qwen3\.block_count is 0, not 1 to 512/],
  [
    "fewer layers than there are",
    { metadata: { "qwen3.block_count": count(1) } },
    /block_count is 1, and there is a tensor blk\.1/,
  ],
  ["no context", { metadata: { "qwen3.context_length": count(0) } }, /context_length is 0/],
  [
    "a negative epsilon",
    { metadata: { "qwen3.attention.layer_norm_rms_epsilon": real(-1) } },
    /epsilon is -1/,
  ],
  [
    "an epsilon that is no number",
    { metadata: { "qwen3.attention.layer_norm_rms_epsilon": real(Number.NaN) } },
    /epsilon is NaN/,
  ],
  [
    "an unknown scaling",
    { metadata: { "qwen3.rope.scaling.type": text("yarm") } },
    /"yarm", none of none, linear/,
  ],
  ["an unknown pooling", { metadata: { "qwen3.pooling_type": count(9) } }, /pooling_type is 9, not 0 to 4/],
  [
    "experts that are not there",
    { metadata: { "qwen3.expert_used_count": count(2) } },
    /expert_used_count is 2, with 0 experts/,
  ],
  [
    "experts of more layers than can be",
    { metadata: { "qwen3.expert_used_count": counts(300_000, 2) } },
    /expert_used_count is 2, with 0 experts/,
  ],
  [
    "heads of more layers than can be",
    { metadata: { "qwen3.attention.head_count": counts(513, 2) } },
    /attention\.head_count has 513 values, and a model has 512 layers at most/,
  ],
  [
    "heads that can't share",
    { metadata: { "qwen3.attention.head_count_kv": count(3) } },
    /head_count is 2 with 3/,
  ],
  [
    "values of another width",
    { metadata: { "qwen3.attention.value_length": count(8) } },
    /value_length is 8/,
  ],
  [
    "a rotation of half a head",
    { metadata: { "qwen3.rope.dimension_count": count(8) } },
    /dimension_count is 8/,
  ],
  [
    "another width",
    { metadata: { "qwen3.embedding_length": count(64) } },
    /token_embd\.weight is 32 × \d+, and the metadata makes it 64 × \d+/,
  ],
  [
    "a token twice",
    { metadata: { "tokenizer.ggml.tokens": texts("a", "b", "a") } },
    /tokens\[2\] is "a", as an earlier one is/,
  ],
  [
    "a token type too few",
    { metadata: { "tokenizer.ggml.token_type": { type: "int32 array", value: [1] } } },
    /token_type has 1 values for \d+ tokens/,
  ],
  [
    "a merge of one part",
    { metadata: { "tokenizer.ggml.merges": texts("t h", "the") } },
    /merges\[1\] is "the"/,
  ],
  [
    "an end that is to be added and is no token",
    {
      metadata: {
        "tokenizer.ggml.eos_token_id": count(4000),
        "tokenizer.ggml.add_eos_token": { type: "bool", value: true },
      },
    },
    /add_eos_token is true, and there is no such token/,
  ],
  [
    "a beginning that is to be added and is no token",
    {
      metadata: {
        "tokenizer.ggml.model": text("gemma4"),
        "tokenizer.ggml.bos_token_id": null,
        "tokenizer.ggml.add_bos_token": { type: "bool", value: true },
      },
    },
    /add_bos_token is true, and there is no such token/,
  ],
  [
    "a separator of WordPiece that is no token",
    {
      metadata: {
        "tokenizer.ggml.model": text("bert"),
        "tokenizer.ggml.bos_token_id": count(1),
        "tokenizer.ggml.add_bos_token": { type: "bool", value: false },
      },
    },
    /seperator_token_id is 102, with 50 tokens/,
  ],
  [
    "a file of a split model alone",
    { metadata: { "split.count": count(3) } },
    /split\.count is uint32, not uint16/,
  ],
];

for (const [name, changes, message] of faults) {
  test(`${name} is refused`, async () => {
    const file = await changedModel(changes);
    await assert.rejects(checkGguf(file), (error: Error & { code?: string }) => {
      assert.match(error.message, message);
      assert.ok(error.message.startsWith(`${file}: `), error.message);
      assert.equal(error.code, "model_load_failed");
      return true;
    });
  });
}

const oddities: readonly (readonly [string, Changes])[] = [
  ["keys that nobody knows", { metadata: { "acme.Odd Key ✓": texts("a"), "qwen3.new": real(1) } }],
  ["an architecture that nobody knows", { metadata: { "general.architecture": text("acme") } }],
  [
    "a padding token outside the vocabulary",
    { metadata: { "tokenizer.ggml.padding_token_id": count(4_294_967_295) } },
  ],
  [
    "an end outside the vocabulary, which old files have for none",
    { metadata: { "tokenizer.ggml.eos_token_id": count(4_294_967_295) } },
  ],
  [
    "a gate of one row of F16",
    {
      tensors: (tensors) => [
        ...tensors,
        {
          name: "blk.0.ffn_gate_inp_shexp.weight",
          dimensions: [32],
          type: "f16",
          chunks: () => [new Uint8Array(64)],
        },
      ],
    },
  ],
  ["bytes behind the last tensor", { bytes: (bytes) => Buffer.concat([bytes, Buffer.alloc(999)]) }],
  ["an alignment of its own", { metadata: { "general.alignment": count(32) } }],
  ["no tensors at all, as a vocabulary has", { tensors: () => [] }],
  ["no output matrix of its own", { tensors: withoutTensor("output.weight") }],
];

for (const [name, changes] of oddities) {
  test(`${name} passes`, async () => {
    await checkGguf(await changedModel(changes));
  });
}

test("a real vocabulary passes", async () => {
  await checkGguf(path.join(projectDirectory, "native/build/llama.cpp/models/ggml-vocab-qwen2.gguf"));
});

describe("a model in two files", () => {
  const short = (value: number): MetadataValue => ({ type: "uint16", value });

  /** Its first file. The second has the last tensors. */
  async function splitModel(name: string, secondNumber = 1): Promise<{ first: string; second: string }> {
    const [first = "", second = ""] = [1, 2].map((number) =>
      path.join(folder, `${name}-0000${number}-of-00002.gguf`),
    );
    const { metadata, tensors } = smallModel();
    const split = (number: number): Metadata => [
      ["split.no", short(number)],
      ["split.count", short(2)],
      ["split.tensors.count", { type: "int32", value: tensors.length }],
    ];
    await writeGgufFile(first, [...metadata, ...split(0)], tensors.slice(0, 9));
    await writeGgufFile(second, split(secondNumber), tensors.slice(9));
    return { first, second };
  }

  test("passes, and llama.cpp loads it", async () => {
    const { first } = await splitModel("good");
    await checkGguf(first);
    const { addon } = await cpuAddon();
    const model = await addon.loadModel(first, placement, () => {}).promise;
    model.close();
  });

  test("is refused where the second one is missing, short, or another one", async () => {
    const missing = await splitModel("missing");
    fs.rmSync(missing.second);
    await assert.rejects(checkGguf(missing.first), /missing-00002-of-00002\.gguf: there is no such file/);
    const short = await splitModel("short");
    fs.truncateSync(short.second, 3000);
    await assert.rejects(checkGguf(short.first), /short-00002-of-00002\.gguf: it has 3000 bytes/);
    const { first } = await splitModel("other", 0);
    await assert.rejects(checkGguf(first), /other-00002-of-00002\.gguf: split\.no is 0 instead of 1/);
  });

  test("is checked again when its second file has changed", async () => {
    const { first, second } = await splitModel("changed");
    await checkGguf(first);
    fs.truncateSync(second, 3000);
    await assert.rejects(checkGguf(first), /its weights end at byte/);
  });

  test("is refused by its second file's name, with what to give instead", async () => {
    const { second } = await splitModel("second");
    await assert.rejects(
      checkGguf(second),
      /this is file 2 of 2 of a split model; name the path of its first one$/,
    );
  });
});

test("a file that was good is checked again when it changes", async () => {
  const file = await changedModel({});
  await checkGguf(file);
  fs.truncateSync(file, 5000);
  await assert.rejects(checkGguf(file), /its weights end/);
});

test("other work has its turn while a vocabulary of 152,000 tokens is checked", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await checkGguf(modelPaths.echo);
  clearInterval(timer);
  assert.ok(turns > 20, `${turns} turns`);
});

test("the registry refuses a damaged file with what is wrong, and is rid of it", async () => {
  const quiet = (): void => {};
  const models = new ModelRegistry({ error: quiet, warn: quiet, info: quiet, debug: quiet });
  const modelPath = await changedModel({ metadata: { "qwen3.block_count": count(0) } });
  await assert.rejects(models.load(loadOptions({ modelPath })), /qwen3\.block_count is 0/);
  assert.equal(models.state, "failed");
});

test("a swap to a file that llama.cpp would end the process on leaves the old one serving", async (context) => {
  const quiet = (): void => {};
  const models = new ModelRegistry({ error: quiet, warn: quiet, info: quiet, debug: quiet });
  context.after(() => models.close());
  const good = await changedModel({});
  const hosted = await models.load(loadOptions({ modelPath: good, slots: 1, contextTokens: 256 }));
  const epsilon = "qwen3.attention.layer_norm_rms_epsilon";
  const bad = await changedModel({ metadata: { [epsilon]: real(-1) } });
  const order = { changes: { modelPath: bad }, mode: "beside", drainMs: 1000 } as const;
  await assert.rejects(hosted.swap(order), /layer_norm_rms_epsilon is -1/);
  assert.deepEqual([hosted.state, hosted.facts.fileName], ["ready", path.basename(good)]);
});
