import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { WeirProcess } from "../cli/weir.js";
import { addEcho, writeEchoManifest } from "./echo-manifest.js";
import { HubServer } from "./hub-server.js";
import { weir } from "./weir-command.js";

// From a manifest to the first answer, by the commands of the README.

let server: HubServer;
let folder = "";
before(async () => {
  server = await HubServer.start();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-answer-"));
  writeEchoManifest(folder, addEcho(server).length);
});
after(() => {
  server.close();
  fs.rmSync(folder, { recursive: true });
});

/** Runs the curl line of the ready banner. */
async function firstAnswer(banner: string): Promise<string> {
  const line = banner.split("\n").find((one) => one.startsWith("curl ")) ?? "";
  const { stdout } = await promisify(execFile)("sh", ["-c", line]);
  return JSON.parse(stdout).choices[0].message.content;
}

test("weir models pull, weir serve and curl lead to the first answer", async () => {
  const flags = ["--models-dir", folder];
  const refused = await weir(["serve", "--model", "echo:Q4_0", ...flags]);
  assert.equal(refused.exitCode, 1);
  assert.match(
    refused.stderr,
    new RegExp(
      `^weir: echo:Q4_0 is not in ${folder}: weir models pull echo:Q4_0 --models-dir ${folder} fetches its 25\\.`,
    ),
  );

  const pulled = await weir(["models", "pull", "echo:Q4_0", ...flags, "--hf-endpoint", server.url]);
  assert.equal(pulled.exitCode, 0, pulled.stderr);
  assert.match(pulled.stdout, /^echo:Q4_0 is pulled: \S+\/weir\/echo-GGUF\/echo-Q4_0\.gguf \(25\.\d MB\)\n$/);

  const serving = new WeirProcess("--model", "echo:Q4_0", ...flags);
  try {
    assert.equal(await firstAnswer(await serving.ready()), "Hello, Weir!");
  } finally {
    await serving.end("SIGTERM");
  }
});

test("weir serve --pull does it at once", async () => {
  fs.rmSync(path.join(folder, "weir"), { recursive: true, force: true });
  const flags = ["--models-dir", folder, "--hf-endpoint", server.url, "--pull"];
  const serving = new WeirProcess("--model", "hf:weir/echo-GGUF:Q4_0", ...flags);
  try {
    assert.equal(await firstAnswer(await serving.ready()), "Hello, Weir!");
  } finally {
    await serving.end("SIGTERM");
  }
});
