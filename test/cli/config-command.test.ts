import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { runWeir } from "./weir.js";

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
