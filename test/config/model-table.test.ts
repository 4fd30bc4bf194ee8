import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { Ajv } from "ajv";
import { effectiveConfig } from "#weir/config/effective-config.js";
import { configJsonSchema } from "#weir/config/json-schema.js";
import { loadConfig, resolveConfig } from "#weir/config/load.js";
import { messageOf } from "#weir/errors.js";

const isValid = new Ajv({ strict: true, allowUnionTypes: true }).compile(configJsonSchema());

let folder = "";
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-models-"));
});
after(() => fs.rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  const file = path.join(folder, "weir.yaml");
  fs.writeFileSync(file, text);
  return file;
}

const load = (text: string) => loadConfig({ flags: {}, environment: {}, configFile: fileOf(text) });

function refusalOf(text: string): string {
  try {
    load(text);
  } catch (error) {
    return messageOf(error).replace(`${folder}/`, "");
  }
  return assert.fail("the settings were accepted");
}

const two = `
models:
  large:
    model: large.gguf
    alias: [gpt-4o, default]
    pinned: true
    parallel: 2
    ctx-size: 1024
  small:
    model: /models/small.gguf
    load: demand
    idle-unload: 10m
`;

describe("a table of models", () => {
  test("names each with its file, its further names, and what is its own", () => {
    assert.deepEqual(load(two).models, [
      {
        id: "large",
        model: path.join(folder, "large.gguf"),
        alias: ["gpt-4o", "default"],
        load: "start",
        pinned: true,
        idleUnload: null,
        own: { parallel: 2, ctxSize: 1024 },
      },
      {
        id: "small",
        model: "/models/small.gguf",
        alias: [],
        load: "demand",
        pinned: false,
        idleUnload: 600_000,
        own: {},
      },
    ]);
  });

  test("may be a flag, in YAML's notation on one line", () => {
    const flags = { models: "{a: {model: /a.gguf}, b: {model: /b.gguf, load: demand}}" };
    const { models } = loadConfig({ flags, environment: {} });
    assert.deepEqual(
      models.map(({ id, load }) => [id, load]),
      [
        ["a", "start"],
        ["b", "demand"],
      ],
    );
  });

  test("is printed as it can be read again", () => {
    const file = fileOf(two);
    const printed = effectiveConfig(resolveConfig({ flags: {}, environment: {}, configFile: file }));
    const line = printed.split("\n").find((text) => text.startsWith("models: ")) ?? "";
    assert.deepEqual(load(line).models, load(two).models);
  });

  test("is taken by the JSON Schema for editors, a wrong key is not", () => {
    assert.ok(
      isValid({ models: { a: { model: "a.gguf", "ctx-size": 512 } } }),
      JSON.stringify(isValid.errors),
    );
    assert.ok(!isValid({ models: { a: { model: "a.gguf", ctx: 512 } } }));
    assert.ok(!isValid({ models: { a: {} } }));
  });
});

describe("a wrong table is refused with its place and the reason", () => {
  const cases: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    [
      "an unknown key, with the nearest one",
      "models:\n  a:\n    model: a.gguf\n    ctx-sise: 5\n",
      /^weir\.yaml:4:15: models\.a\.ctx-sise: unknown key "ctx-sise"; did you mean "ctx-size"\?$/,
    ],
    [
      "a wrong value",
      "models:\n  a:\n    model: a.gguf\n    parallel: 0\n",
      /^weir\.yaml:4:15: models\.a\.parallel: expected a whole number from 1 to 256 or auto, got 0$/,
    ],
    [
      "no model",
      "models:\n  a:\n    parallel: 1\n",
      /^weir\.yaml:3:5: models\.a\.model is required: a manifest's name such as/,
    ],
    ["no entry", "models:\n  a:\n", /^weir\.yaml:2:5: models\.a: expected a model's settings, got null$/],
    ["no table", "models: [a]\n", /^weir\.yaml:1:9: models: expected a table of models by name/],
    [
      "an empty table",
      "models: {}\n",
      /^weir\.yaml:1:9: models: expected a table of models by name.+, got {}$/,
    ],
    [
      "more models at the start than may be loaded",
      "models-max: 1\nmodels: {a: {model: a.gguf}, b: {model: b.gguf}, c: {model: c.gguf, load: demand}}\n",
      /^weir\.yaml:1:13: models-max: expected at least 2, for so many models have load: start, got 1$/,
    ],
    [
      "a name with a blank",
      "models:\n  a b:\n    model: a.gguf\n",
      /models\.a b: expected a name without blanks and commas/,
    ],
    [
      "a name that two have",
      "models:\n  a:\n    model: a.gguf\n    alias: c\n  b:\n    model: b.gguf\n    alias: [c]\n",
      /^weir\.yaml:7:12: models\.b\.alias: expected names that no other model has: "c" is one of a, got \["c"\]$/,
    ],
    [
      "rows that do not go together, also with what holds for all",
      "batch-size: 16\nmodels:\n  a:\n    model: a.gguf\n    parallel: 20\n",
      /^weir\.yaml:4:5: models\.a\.batch-size: expected at least --parallel, 20 \(batch-size\)/,
    ],
    [
      "a single model beside it",
      "model: b.gguf\nmodels:\n  a:\n    model: a.gguf\n",
      /^weir\.yaml:1:8: model: expected nothing where there is a table of models: keep one of model and models/,
    ],
  ];
  for (const [name, text, message] of cases) test(name, () => assert.match(refusalOf(text), message));
});
