import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { type ConfigSources, loadConfig } from "#weir/config/load.js";
import { WeirError } from "#weir/errors.js";

let folder = "";
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-config-"));
});
after(() => fs.rmSync(folder, { recursive: true }));

/** Writes a YAML file of settings and returns its path. */
function yamlFile(text: string): string {
  const file = path.join(folder, "weir.yaml");
  fs.writeFileSync(file, text);
  return file;
}

function load(sources: Partial<ConfigSources>) {
  return loadConfig({ flags: {}, environment: {}, ...sources });
}

/** The message that refuses these settings. */
function refusalOf(sources: Partial<ConfigSources>): string {
  try {
    load(sources);
  } catch (error) {
    assert.ok(error instanceof WeirError && error.code === "invalid_argument");
    return error.message;
  }
  return assert.fail("the settings were accepted");
}

describe("where a setting comes from", () => {
  test("without anything given the defaults hold", () => {
    const { model, host, port, parallel, ctxSize, batchSize, apiKey, gpu } = load({});
    assert.deepEqual(
      { model, host, port, parallel, ctxSize, batchSize, apiKey, gpu },
      {
        model: null,
        host: "127.0.0.1",
        port: 18_789,
        parallel: 8,
        ctxSize: 0,
        batchSize: 512,
        apiKey: [],
        gpu: "auto",
      },
    );
  });

  test("without anything given the backend chooses the target gap, and prefixes get a GiB of host memory", () => {
    const { maxItl, cacheRam } = load({});
    assert.deepEqual({ maxItl, cacheRam }, { maxItl: 0, cacheRam: 2 ** 30 });
  });

  test("without anything given bodies may have 10 MB, and /admin answers on loopback alone", () => {
    const { maxBody, adminAccess } = load({});
    assert.deepEqual({ maxBody, adminAccess }, { maxBody: 10_000_000, adminAccess: "loopback" });
  });

  test("a flag goes before the environment, the environment before the file, the file before the default", () => {
    const configFile = yamlFile("port: 1\nparallel: 1\nctx-size: 1\n");
    const environment = { WEIR_PORT: "2", WEIR_PARALLEL: "2" };
    const { port, parallel, ctxSize, batchSize } = load({ flags: { port: "3" }, environment, configFile });
    assert.deepEqual([port, parallel, ctxSize, batchSize], [3, 2, 1, 512]);
  });

  test("WEIR_CONFIG names the file where no flag does", () => {
    assert.equal(load({ environment: { WEIR_CONFIG: yamlFile("port: 4") } }).port, 4);
  });

  test("an empty variable and a key without a value are unset", () => {
    const { port, host } = load({ environment: { WEIR_PORT: "" }, configFile: yamlFile("host:\n") });
    assert.deepEqual([port, host], [18_789, "127.0.0.1"]);
  });

  test("a relative model path in a file is relative to the file", () => {
    assert.equal(load({ configFile: yamlFile("model: some.gguf") }).model, path.join(folder, "some.gguf"));
  });
});

describe("where to listen", () => {
  test("a stronger place's host and port go before a weaker one's listen, and the other way round", () => {
    const configFile = yamlFile("listen: [127.0.0.1:1]");
    assert.deepEqual(load({ configFile, flags: { port: "2" } }).listen, []);
    assert.deepEqual(load({ configFile: yamlFile("port: 1"), flags: { listen: "a:2" } }).listen, ["a:2"]);
  });

  test("listen and port at one place are refused, since only one of them can be meant", () => {
    const configFile = yamlFile("listen: [a:1]\nport: 2\n");
    const reason = `listen: says where to listen, and so does ${configFile}:2: keep one of them`;
    assert.equal(refusalOf({ configFile }), `${configFile}:1:9: ${reason}`);
  });

  test("addresses are hosts with a port, IPv6 in brackets, and Unix sockets", () => {
    const flags = { listen: ["127.0.0.1:8080,[::1]:0", "unix:/run/weir.sock"] };
    assert.deepEqual(load({ flags }).listen, ["127.0.0.1:8080", "[::1]:0", "unix:/run/weir.sock"]);
  });
});

describe("what a value may look like", () => {
  test("sizes and durations are written as people write them, with capitals or without", () => {
    const configFile = yamlFile("max-body: 64 mib\nidle-timeout: 1m30s\ncache-ram: 2gb\nheartbeat: 1.5S\n");
    const { maxBody, idleTimeout, cacheRam, heartbeat } = load({ configFile });
    assert.deepEqual([maxBody, idleTimeout, cacheRam, heartbeat], [64 * 2 ** 20, 90_000, 2e9, 1500]);
  });

  test("a number alone keeps the unit that it has always had", () => {
    const { cacheRam, maxItl } = load({ configFile: yamlFile("cache-ram: 64\nmax-itl: 80\n") });
    assert.deepEqual([cacheRam, maxItl], [64 * 2 ** 20, 80]);
  });

  test("0 needs no unit", () => {
    const { idleTimeout, cacheRam } = load({ flags: { idleTimeout: "0", cacheRam: "0" } });
    assert.deepEqual([idleTimeout, cacheRam], [0, 0]);
  });

  test("text and YAML's own types give the same settings", () => {
    const asText = load({ flags: { tensorSplit: "3,1", device: "CUDA0,CUDA1", gpu: "false", port: "80" } });
    const configFile = yamlFile("tensor-split: [3, 1]\ndevice: [CUDA0, CUDA1]\ngpu: false\nport: 80\n");
    assert.deepEqual(asText, load({ configFile }));
  });

  test("all layers can be asked for by name", () => {
    assert.equal(load({ flags: { nGpuLayers: "all" } }).nGpuLayers, -1);
  });

  test("every setting of the scheduler goes to its bounds", () => {
    const { maxItl, cacheRam, poll } = load({ flags: { maxItl: "60000", cacheRam: "4194304", poll: "100" } });
    assert.deepEqual({ maxItl, cacheRam, poll }, { maxItl: 60_000, cacheRam: 4 * 2 ** 40, poll: 100 });
  });

  test("keys are repeated flags, comma lists or both", () => {
    assert.deepEqual(load({ flags: { apiKey: ["one", "two, three"] } }).apiKey, ["one", "two", "three"]);
  });
});

describe("what is refused, in one line that says what would be right", () => {
  const refusals: readonly (readonly [what: string, sources: Partial<ConfigSources>, message: string])[] = [
    [
      "a flag that is no number",
      { flags: { port: "http" } },
      '--port: expected a whole number from 0 to 65535, got "http"',
    ],
    [
      "a number out of its range",
      { flags: { parallel: "257" } },
      '--parallel: expected a whole number from 1 to 256 or auto, got "257"',
    ],
    [
      "a gap longer than a minute",
      { flags: { maxItl: "60001" } },
      '--max-itl: expected a duration with its unit (ms, s, m, h, d) such as 500ms, 240s or 5m, from 0 to 60s; a number alone is ms, got "60001"',
    ],
    [
      "a negative size of the prefix cache",
      { environment: { WEIR_CACHE_RAM: "-1" } },
      'WEIR_CACHE_RAM: expected a size with its unit (B, kB, KiB, MB, MiB, GB, GiB, TB, TiB) such as 10MB or 64MiB, from 0 to 4TiB; a number alone is MiB, got "-1"',
    ],
    [
      "a prefix cache of more than 4 TiB",
      { flags: { cacheRam: "4194305" } },
      '--cache-ram: expected a size with its unit (B, kB, KiB, MB, MiB, GB, GiB, TB, TiB) such as 10MB or 64MiB, from 0 to 4TiB; a number alone is MiB, got "4194305"',
    ],
    [
      "a polling level that ggml does not have",
      { flags: { poll: "101" } },
      '--poll: expected a whole number from 0 to 100, got "101"',
    ],
    [
      "a fraction",
      { environment: { WEIR_CTX_SIZE: "1.5" } },
      'WEIR_CTX_SIZE: expected a whole number from 0 to 16777216 or auto, got "1.5"',
    ],
    [
      "an unknown choice",
      { flags: { splitMode: "layers" } },
      '--split-mode: expected one of none, layer, row, got "layers"',
    ],
    [
      "proportions that are all zero",
      { flags: { tensorSplit: "0,0" } },
      '--tensor-split: expected proportions such as 3,1, one per device, got "0,0"',
    ],
    [
      "a gap in a list of proportions",
      { flags: { tensorSplit: "1,,1" } },
      '--tensor-split: expected proportions such as 3,1, one per device, got "1,,1"',
    ],
    [
      "a budget too small for one row of every slot",
      { flags: { batchSize: "8", parallel: "16" } },
      '--batch-size: expected at least --parallel, 16, got "8"',
    ],
    [
      "a micro batch above the batch",
      { flags: { ubatchSize: "1024" } },
      '--ubatch-size: expected at most --batch-size, 512, got "1024"',
    ],
    [
      "a file that is not there",
      { configFile: "/nowhere/weir.yaml" },
      "/nowhere/weir.yaml: can't be read: ENOENT: no such file or directory",
    ],
  ];
  for (const [what, sources, message] of refusals) {
    test(what, () => assert.equal(refusalOf(sources), message));
  }

  test("a wrong value in a file, with the file and the key", () => {
    const configFile = yamlFile("flash-attn: maybe");
    const message = `${configFile}:1:13: flash-attn: expected one of auto, on, off, got "maybe"`;
    assert.equal(refusalOf({ configFile }), message);
  });

  test("an unknown key, with the nearest one", () => {
    const configFile = yamlFile("ctx_size: 4096");
    assert.equal(
      refusalOf({ configFile }),
      `${configFile}:1:1: unknown key "ctx_size"; did you mean "ctx-size"?`,
    );
  });

  test("a key like no other, with all keys", () => {
    assert.match(
      refusalOf({ configFile: yamlFile("temperature: 1") }),
      /; the keys are model, alias, models, /,
    );
  });

  test("a wrong item of a list, with the place of the item", () => {
    const configFile = yamlFile("port: 1\ntensor-split:\n  - 1\n  - -2\n");
    const message = "expected proportions such as 3,1, one per device, got [1,-2]";
    assert.equal(refusalOf({ configFile }), `${configFile}:4:5: tensor-split: ${message}`);
  });

  test("several wrong values, the first of them with how many more there are", () => {
    const message = '--port: expected a whole number from 0 to 65535, got "x" (and 1 more)';
    assert.equal(refusalOf({ flags: { port: "x", maxBody: "y" } }), message);
  });

  test("a key that is there twice", () => {
    const configFile = yamlFile("port: 1\nhost: a\nport: 2\n");
    assert.equal(refusalOf({ configFile }), `${configFile}:3:1: not valid YAML: Map keys must be unique`);
  });

  test("an address to listen on that is none", () => {
    const message =
      "expected addresses such as 127.0.0.1:8080, [::1]:8080 or unix:/run/weir.sock, a path of at most 107 bytes";
    for (const address of ["8080", "::1:8080", "localhost:65536", "unix:weir.sock", "http://localhost:1"]) {
      assert.equal(refusalOf({ flags: { listen: address } }), `--listen: ${message}, got "${address}"`);
    }
  });

  test("a proxy that is neither an address nor a network, and an origin with a path", () => {
    for (const proxy of ["10.0.0.0/33", "proxy.example", "::1/129"]) {
      assert.match(
        refusalOf({ flags: { trustProxy: proxy } }),
        /^--trust-proxy: expected addresses, networks/,
      );
    }
    assert.match(
      refusalOf({ flags: { corsOrigin: "https://a.example/" } }),
      /^--cors-origin: expected origins/,
    );
  });

  test("a collector that is no address of the web", () => {
    for (const otlpEndpoint of ["collector:4318", "grpc://collector:4317", "http://"]) {
      const message = `--otlp-endpoint: expected the address of a collector such as http://localhost:4318, got "${otlpEndpoint}"`;
      assert.equal(refusalOf({ flags: { otlpEndpoint } }), message);
    }
  });

  test("half of what TLS needs", () => {
    assert.equal(refusalOf({ flags: { tlsCert: "/c" } }), '--tls-cert: expected --tls-key too, got "/c"');
    assert.equal(refusalOf({ flags: { tlsKey: "/k" } }), '--tls-key: expected --tls-cert too, got "/k"');
  });

  test("more time for the headers than for the request", () => {
    const flags = { headersTimeout: "3m" };
    assert.equal(refusalOf({ flags }), '--headers-timeout: expected at most --request-timeout, 2m, got "3m"');
  });

  test("a size or a duration without its unit, with the forms that are accepted", () => {
    assert.equal(
      refusalOf({ configFile: yamlFile("max-body: 10") }),
      `${path.join(folder, "weir.yaml")}:1:11: max-body: expected a size with its unit (B, kB, KiB, MB, MiB, GB, GiB, TB, TiB) such as 10MB or 64MiB, from 1kB to 1GB, got 10`,
    );
    assert.match(
      refusalOf({ flags: { idleTimeout: "240" } }),
      /a duration with its unit .* from 0 to 1d, got "240"$/,
    );
  });

  test("a file that is no mapping or no YAML", () => {
    assert.match(refusalOf({ configFile: yamlFile("- port") }), /expected a mapping such as "port: 8080"$/);
    assert.match(refusalOf({ configFile: yamlFile("port: [1") }), /^[^\n]*not valid YAML: [^\n]*$/);
  });

  test("an API key with a space, without showing it", () => {
    const message = "--api-key: expected keys of printable characters without spaces or commas";
    assert.equal(refusalOf({ flags: { apiKey: ["se cret"] } }), message);
  });
});
