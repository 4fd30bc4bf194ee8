import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { configurationPage } from "#weir/config/configuration-page.js";
import { effectiveConfig } from "#weir/config/effective-config.js";
import { exampleFile } from "#weir/config/example-file.js";
import { fields } from "#weir/config/fields.js";
import { configJsonSchema } from "#weir/config/json-schema.js";
import { loadConfig, resolveConfig } from "#weir/config/load.js";
import { writtenValue } from "#weir/config/value-form.js";
import { projectDirectory } from "../support/models.js";

const page = configurationPage();
const example = exampleFile();
const schema = configJsonSchema();
const isValid = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);

/** The example with what it has commented out. */
const wholeExample = example.replaceAll(/^# ([a-z-]+: \S.*)$/gm, (line, entry: string) =>
  fields.some(({ key }) => entry.startsWith(`${key}: `)) ? entry : line,
);

let folder = "";
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-example-"));
});
after(() => fs.rmSync(folder, { recursive: true }));

function loadText(text: string) {
  const configFile = path.join(folder, "weir.yaml");
  fs.writeFileSync(configFile, text);
  return loadConfig({ flags: {}, environment: {}, configFile });
}

describe("every setting", () => {
  for (const { key, setting, schema: value, defaultValue } of fields) {
    test(`${key} is in docs/configuration.md, the example and the JSON Schema`, () => {
      assert.ok(page.includes(`\n| \`${key}\``));
      assert.match(example, new RegExp(`^(# )?${key}: \\S`, "m"));
      assert.ok(Object.hasOwn(Object(schema["properties"]), key));
      assert.ok(setting.description.length > 0);
    });

    test(`${key} has a default that the JSON Schema takes, and an example where that is nothing`, () => {
      const written = writtenValue(value, defaultValue);
      assert.ok(isValid({ [key]: written }), JSON.stringify(isValid.errors));
      const isNothing =
        written === null || (typeof written === "object" && Object.keys(written).length === 0);
      assert.equal(setting.example !== undefined, isNothing);
    });
  }
});

describe("docs/configuration.md", () => {
  test("is what the schema says now", () => {
    const file = fs.readFileSync(`${projectDirectory}/docs/configuration.md`, "utf8");
    assert.ok(file === page, "it is out of date: run `node setup.mjs docs`");
  });
});

describe("the example", () => {
  test("loads, and changes nothing", () => {
    assert.deepEqual(loadText(example), loadConfig({ flags: {}, environment: {} }));
  });

  test("loads with everything that is commented out, which is every key", () => {
    // Only one of two can be meant: an address or a list of them, a model or a table of them.
    const text = wholeExample.replaceAll(/^(host|port|model|alias): .*$/gm, "");
    const { listen, apiKey, corsOrigin, tensorSplit } = loadText(text);
    assert.equal(Object.keys(parse(wholeExample)).length, fields.length);
    assert.deepEqual(
      { apiKey, tensorSplit, corsOrigin, addresses: listen.length },
      {
        apiKey: ["sk-one", "sk-two"],
        tensorSplit: [1, 1],
        corsOrigin: ["https://chat.example.org"],
        addresses: 3,
      },
    );
  });

  test("fits the JSON Schema, with and without what is commented out", () => {
    for (const text of [example, wholeExample])
      assert.ok(isValid(parse(text)), JSON.stringify(isValid.errors));
  });

  test("has no line that is too long for a terminal of two windows", () => {
    const long = example.split("\n").filter((line) => line.length > 128);
    assert.deepEqual(long, []);
  });
});

describe("the JSON Schema", () => {
  const wrong: readonly object[] = [
    { ctx_size: 1 },
    { port: 65_536 },
    { port: "http" },
    { "max-body": "10" },
    { "max-body": 10 },
    { "max-body": "10 apples" },
    { "idle-timeout": 240 },
    { "log-level": "loud" },
    { listen: [8080] },
  ];
  for (const config of wrong) {
    test(`refuses ${JSON.stringify(config)}`, () => assert.equal(isValid(config), false));
  }

  test("takes what the loader takes", () => {
    const text =
      "max-body: 64mib\nidle-timeout: 1m30s\ncache-ram: 64\nheartbeat: 1.5s\ndevice: CUDA0,CUDA1\ngpu: false\nn-gpu-layers: all\nhost:\n";
    loadText(text);
    assert.ok(isValid(parse(text)), JSON.stringify(isValid.errors));
  });
});

describe("the settings that hold", () => {
  test("are printed with where each comes from", () => {
    const configFile = path.join(folder, "weir.yaml");
    fs.writeFileSync(configFile, "# mine\nparallel: 4\nmax-body: 65536kib\n");
    const environment = { WEIR_CTX_SIZE: "512" };
    const text = effectiveConfig(resolveConfig({ flags: { port: "1" }, environment, configFile }));
    const given = text.split("\n").filter((line) => line !== "" && !line.endsWith("# default"));
    assert.deepEqual(
      given.map((line) => line.replaceAll(/ +/g, " ")),
      [
        `parallel: 4 # ${configFile}:2`,
        "ctx-size: 512 # WEIR_CTX_SIZE",
        "port: 1 # --port",
        `max-body: 64MiB # ${configFile}:3`,
      ],
    );
  });

  test("are a file that loads as the same", () => {
    const flags = {
      tensorSplit: "3,1",
      gpu: "false",
      maxItl: "80",
      listen: "[::1]:1,unix:/a b",
      model: "/a #b",
    };
    const config = loadConfig({ flags, environment: {} });
    const text = effectiveConfig(resolveConfig({ flags, environment: {} }));
    assert.deepEqual(loadText(text.replaceAll(/^(host|port): .*$/gm, "")), config);
  });

  test("show of keys only how many there are, and can't be served with by mistake", () => {
    const flags = { apiKey: "sk-secret-one,sk-secret-two" };
    const text = effectiveConfig(resolveConfig({ flags, environment: {} }));
    assert.doesNotMatch(text, /secret/);
    assert.match(text, /^api-key: \[…, …\] +# --api-key$/m);
    assert.throws(() => loadText("api-key: […, …]"), /api-key: expected keys/);
  });
});
