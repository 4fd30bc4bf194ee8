import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { isModelPath, parseModelReference } from "#weir/config/model-reference.js";
import { Catalog } from "#weir/library/catalog.js";
import { kvBytes, kvValuesPerToken } from "#weir/library/kv-memory.js";
import { packageModelsDir } from "#weir/library/model-library.js";
import { isLaterShard, quantizationOf, shardFiles } from "#weir/library/shards.js";
import { writeEchoManifest } from "./echo-manifest.js";

let folder = "";
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-manifest-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

describe("the manifests that come with Weir", () => {
  const catalog = new Catalog([packageModelsDir]);

  test("are right, and of all sizes of Qwen3", () => {
    assert.deepEqual(
      catalog.list().map(({ name }) => name),
      [
        "qwen2.5-72b-instruct",
        ...["0.6b", "1.7b", "4b", "8b", "14b", "30b-a3b", "32b", "235b-a22b"].map((size) => `qwen3-${size}`),
      ],
    );
  });

  test("have all official quantizations of Qwen3-32B, and Q4_K_M where none is named", () => {
    const { manifest, name } = catalog.find("Qwen3-32B", null);
    assert.deepEqual(
      [name, Object.keys(manifest.variants)],
      ["Q4_K_M", ["Q4_K_M", "Q5_0", "Q5_K_M", "Q6_K", "Q8_0"]],
    );
  });

  test("name of a split model all parts, in their order", () => {
    const files = catalog.find("qwen3-235b-a22b", "q4_k_m").variant.files ?? [];
    const [first] = files;
    assert.deepEqual(
      files.map(({ name }) => name),
      shardFiles(first?.name ?? ""),
    );
  });
});

describe("memory of the context", () => {
  const { manifest } = new Catalog([packageModelsDir]).find("qwen3-32b", null);
  const values = kvValuesPerToken(manifest["kv-cache"]);

  test("is that of docs/operating.md for Qwen3-32B: 256 KiB a token in f16", () => {
    assert.equal(kvBytes(values, "f16", 1), 256 * 1024);
  });

  test("takes 17/32 in q8_0 and 9/32 in q4_0", () => {
    assert.equal(kvBytes(values, "q8_0", 1000), (kvBytes(values, "f16", 1000) * 17) / 32);
    assert.equal(kvBytes(values, "q4_0", 1000), (kvBytes(values, "f16", 1000) * 9) / 32);
  });
});

describe("a manifest of one's own", () => {
  test("goes before one of the same name", () => {
    writeEchoManifest(folder);
    const text = fs.readFileSync(path.join(folder, "echo.yaml"), "utf8");
    fs.writeFileSync(path.join(folder, "mine.yml"), text.replace("name: echo", "name: QWEN3-32B"));
    const catalog = new Catalog([packageModelsDir, folder]);
    assert.equal(catalog.find("qwen3-32b", null).variant.repository, "weir/echo-GGUF");
    assert.equal(catalog.find("echo", null).name, "Q4_0");
  });

  for (const [what, from, to, message] of [
    [
      "an unknown key",
      "description:",
      "describtion:",
      /:2:1: unknown key "describtion"; did you mean "description"\?/,
    ],
    [
      "an unknown key within",
      "kv-heads:",
      "kv_heads:",
      /:4:\d+: unknown key "kv_heads"; did you mean "kv-heads"\?/,
    ],
    [
      "a missing key",
      "trained-context: 8192\n",
      "",
      /echo\.yaml: trained-context: expected a whole number above 0/,
    ],
    [
      "a wrong value",
      "layers: 5",
      "layers: five",
      /:4:\d+: kv-cache\.layers: expected a whole number above 0, got "five"/,
    ],
    [
      "a temperature that nobody means",
      "temperature: 0.6",
      "temperature: 60",
      /expected a number from 0 to 5, got 60/,
    ],
    [
      "a default that is no variant",
      "default: Q4_0",
      "default: Q4_1",
      /:8:10: default: expected one of the variants, Q4_0, Q8_0, got "Q4_1"/,
    ],
    [
      "a file that leads out of the folder",
      "name: echo-Q4_0.gguf",
      "name: ../../x.gguf",
      /expected the path of a \.gguf file in the repository/,
    ],
    [
      "a repository that leads out of the folder",
      "repository: weir/echo-GGUF\n    files",
      "repository: ../..\n    files",
      /expected a repository such as/,
    ],
    ["no YAML", "sampling:", "sampling: [", /not valid YAML/],
  ] as const) {
    test(`with ${what} is skipped, and its place told`, () => {
      writeEchoManifest(folder);
      const file = path.join(folder, "echo.yaml");
      const text = fs.readFileSync(file, "utf8");
      assert.ok(text.includes(from));
      fs.writeFileSync(file, text.replace(from, to));
      const catalog = new Catalog([folder]);
      assert.match(catalog.skipped.join("\n"), message);
      assert.deepEqual(catalog.list(), []);
    });
  }
});

describe("a text that names a model", () => {
  for (const [text, kind] of [
    ["qwen3-32b", "manifest"],
    ["qwen3-32b:Q4_K_M", "manifest"],
    ["model.gguf", "path"],
    ["./qwen3-32b", "path"],
    ["/models/x", "path"],
    ["hf:org/repository", "hub"],
    ["hf:org/repository:Q8_0", "hub"],
    ["hf:org/repository/folder/file.gguf", "hub"],
  ] as const) {
    test(`${text} is a ${kind}, whatever lies in the folder`, () => {
      assert.equal(parseModelReference(text)?.kind, kind);
      assert.equal(isModelPath(text), kind === "path");
    });
  }

  test("is refused where it begins with hf: and is no repository of GGUF files", () => {
    for (const text of [
      "hf:",
      "hf:one",
      "hf:a/b/c",
      "hf:../..",
      "hf:a/../x.gguf",
      "hf:a/b/../../x.gguf",
      "hf:a/b:c/d",
    ])
      assert.equal(parseModelReference(text), null, text);
  });
});

test("a quantization is read from the end of a file's name", () => {
  for (const [file, quantization] of [
    ["Qwen3-32B-Q4_K_M.gguf", "Q4_K_M"],
    ["qwen2.5-72b-instruct-q8_0-00001-of-00021.gguf", "Q8_0"],
    ["Q5_0/model.IQ4_XS.gguf", "IQ4_XS"],
    ["model-BF16.gguf", "BF16"],
    ["model-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"],
    ["Qwen3-32B.gguf", null],
  ] as const)
    assert.equal(quantizationOf(file), quantization, file);
});

test("the parts of a split model are found from any of them", () => {
  const parts = ["a/m-00001-of-00002.gguf", "a/m-00002-of-00002.gguf"];
  assert.deepEqual(shardFiles(parts[1] ?? ""), parts);
  assert.deepEqual(parts.map(isLaterShard), [false, true]);
  // What llama.cpp would not take for one is none.
  for (const alone of ["m.gguf", "m-00001-of-00002.GGUF", "m-00003-of-00002.gguf", "m-00000-of-00002.gguf"])
    assert.deepEqual(shardFiles(alone), [alone]);
});
