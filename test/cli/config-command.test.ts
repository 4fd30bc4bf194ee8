import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { modelPaths, projectDirectory } from "../support/models.js";
import { mainPath, runWeir } from "./weir.js";

test("weir config prints what holds, of flags, variables and a file", () => {
  const { exitCode, stdout } = runWeir(["config", "-np", "4"], { WEIR_LOG_LEVEL: "debug" });
  assert.equal(exitCode, 0);
  assert.match(stdout, /^parallel: 4 +# --parallel$/m);
  assert.match(stdout, /^log-level: debug +# WEIR_LOG_LEVEL$/m);
});

test("weir config --example prints a file that weir config --config takes", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-config-command-"));
  const file = path.join(folder, "weir.yaml");
  fs.writeFileSync(file, runWeir(["config", "--example"]).stdout);
  const { exitCode, stdout, stderr } = runWeir(["config", "--config", file]);
  fs.rmSync(folder, { recursive: true });
  assert.deepEqual([exitCode, stderr], [0, ""]);
  assert.match(stdout, /^max-body: 10MB +# .*weir\.yaml:\d+$/m);
});

test("weir config fails where the disk has no room for what it prints", {
  skip: !fs.existsSync("/dev/full"),
}, () => {
  const output = fs.openSync("/dev/full", "w");
  const { status, stderr } = spawnSync(process.execPath, [mainPath, "config", "--example"], {
    encoding: "utf8",
    stdio: ["ignore", output, "pipe"],
  });
  fs.closeSync(output);
  assert.equal(status, 1);
  assert.match(stderr, /^weir: stdout can't be written: ENOSPC[^\n]+\n$/);
});

describe("weir config --check", () => {
  const tls = path.join(projectDirectory, "test/support/tls");
  const cert = ["--tls-cert", path.join(tls, "localhost.cert.pem")];

  test("says that settings and files are right, and exits with 0", () => {
    const { exitCode, stdout, stderr } = runWeir([
      "config",
      "--check",
      "--listen",
      "127.0.0.1:8080,[::1]:8080",
    ]);
    assert.deepEqual([exitCode, stderr], [0, ""]);
    assert.equal(stdout, "the settings and the files that they name are right\n");
  });

  test("asks no folder of models where a path is served", () => {
    const flags = ["--model", modelPaths.echo, "--models-dir", modelPaths.echo];
    const { exitCode, stderr } = runWeir(["config", "--check", ...flags]);
    assert.deepEqual([exitCode, stderr], [0, ""]);
  });

  for (const [what, flags, exitCode, message] of [
    [
      "a model that is not there",
      ["--model", "/nowhere.gguf"],
      1,
      /^weir: \/nowhere\.gguf: there is no such file/,
    ],
    [
      "a keys file that is not there",
      ["--keys-file", "/nowhere.yaml"],
      2,
      /^weir: \/nowhere\.yaml: can't be read/,
    ],
    [
      "a certificate with another one's key",
      [...cert, "--tls-key", path.join(tls, "other.key.pem")],
      2,
      /^weir: tls-key: .*not the key of/,
    ],
    [
      "an address that is there twice",
      ["--listen", "127.0.0.1:8080,unix:/run/a.sock,127.0.0.1:8080"],
      2,
      /^weir: --listen: expected addresses of their own: 127\.0\.0\.1:8080 and 127\.0\.0\.1:8080 are the same/,
    ],
    [
      "an address that another one includes",
      ["--listen", "0.0.0.0:8080,127.0.0.1:8080"],
      2,
      /^weir: --listen: expected addresses of their own: 0\.0\.0\.0:8080 and 127/,
    ],
    [
      "a socket that is there twice",
      ["--listen", "unix:/run/a.sock,unix:/run/a.sock"],
      2,
      /^weir: --listen: expected addresses of their own: unix/,
    ],
    ["a wrong setting", ["--port", "no"], 2, /^weir: --port: expected/],
  ] as const) {
    test(`refuses ${what}, as weir serve does`, () => {
      for (const command of [["config", "--check"], ["serve"]]) {
        const refused = runWeir([...command, ...flags]);
        assert.deepEqual([refused.exitCode, refused.stdout], [exitCode, ""]);
        assert.match(refused.stderr, message);
        assert.match(refused.stderr, /^[^\n]+\n$/);
      }
    });
  }
});

test("weir config --schema prints JSON", () => {
  const schema: unknown = JSON.parse(runWeir(["config", "--schema"]).stdout);
  assert.ok(typeof schema === "object" && schema !== null && "properties" in schema);
});

test("weir config refuses a wrong file with its line, and exits with 2", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-config-command-"));
  const file = path.join(folder, "weir.yaml");
  fs.writeFileSync(file, "parallel: 4\nmaxBody: 1MB\n");
  const { exitCode, stderr } = runWeir(["config", "--config", file]);
  fs.rmSync(folder, { recursive: true });
  assert.deepEqual(
    [exitCode, stderr],
    [2, `weir: ${file}:2:1: unknown key "maxBody"; did you mean "max-body"?\n`],
  );
});

describe("a file with an alias", () => {
  for (const [what, text, line] of [
    ["that leads nowhere", "port: *none\n", ":1:7: an alias"],
    ["that leads nowhere, and is all there is", "*none\n", ":1:1: an alias"],
    [
      "that leads to itself",
      "alias: &loop\n  - *loop\n",
      ":2:3: an alias (*name) can't be followed: it leads to itself",
    ],
    ["that stands for a key", "? *none\n: 1\n", ":1:3: an alias"],
    [
      "that grows without end",
      `device: &a [x, x, x, x, x, x, x, x, x]\nalias: ${"&b [*a, *a, *a, *a, *a, *a, *a, *a]\ncors-origin: &c [*b, *b, *b, *b, *b, *b, *b, *b]\napi-key: [*c, *c, *c, *c, *c, *c, *c, *c]"}\n`,
      ":4:10: an alias",
    ],
  ] as const) {
    test(`${what} is refused in one line`, () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-config-command-"));
      const file = path.join(folder, "weir.yaml");
      fs.writeFileSync(file, text);
      const { exitCode, stderr } = runWeir(["config", "--config", file]);
      fs.rmSync(folder, { recursive: true });
      assert.equal(exitCode, 2, stderr);
      assert.ok(stderr.startsWith(`weir: ${file}${line}`), stderr);
      assert.match(stderr, /^[^\n]+\n$/);
    });
  }
});
