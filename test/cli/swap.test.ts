import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { errorResponse } from "#weir/api/openai/responses.js";
import { keyEntry } from "#weir/keys/key-entry.js";
import { addKey } from "#weir/keys/key-file.js";
import { hashOf } from "#weir/keys/key-secret.js";
import { modelPaths } from "../support/models.js";
import { runWeir, WeirProcess } from "./weir.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-swap-"));
after(() => fs.rmSync(folder, { recursive: true }));

describe("weir models swap", () => {
  let weir: WeirProcess;
  let url = "";
  before(async () => {
    const keys = path.join(folder, "keys.yaml");
    await addKey(keys, keyEntry.parse({ name: "admin", hash: hashOf("secret"), admin: true }));
    await addKey(keys, keyEntry.parse({ name: "alice", hash: hashOf("other") }));
    weir = new WeirProcess("--parallel", "1", "--ctx-size", "256", "--keys-file", keys);
    url = /http:\/\/\S+:\d+/.exec(await weir.ready())?.[0] ?? "";
  });
  after(() => weir.end("SIGKILL"));

  const swap = (file: string, key: string, ...more: string[]) =>
    runWeir(["models", "swap", "echo-q4_0", file, "--url", url, "--key", key, ...more]);

  test("has the server serve another file under the name, and says how that went", () => {
    const { exitCode, stdout, stderr } = swap(modelPaths.echoQ8, "secret", "--mode", "beside");
    assert.equal(exitCode, 0, stderr);
    assert.match(
      stdout,
      /^echo-q4_0 is served from echo-q8_0\.gguf, loaded beside echo-q4_0\.gguf; it took \d+\.\d s\n$/,
    );
  });

  test("finds the server by its settings, and the key in the environment", () => {
    const config = path.join(folder, "weir.yaml");
    fs.writeFileSync(config, `port: ${new URL(url).port}\n`);
    const relative = path.relative(process.cwd(), modelPaths.echo);
    const commandLine = ["models", "swap", "echo-q4_0", relative, "--config", config, "--mode", "drain"];
    const { exitCode, stdout, stderr } = runWeir(commandLine, { WEIR_ADMIN_KEY: "secret" });
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /is served from echo-q4_0\.gguf, after echo-q8_0\.gguf was freed/);
  });

  for (const [what, file, key, message] of [
    [
      "a file that is not there",
      "/nowhere.gguf",
      "secret",
      /\/nowhere\.gguf: there is no such file; name the path/,
    ],
    ["a file that is no GGUF", modelPaths.echo.replace("echo-q4_0.gguf", ".."), "secret", /not a file/],
    ["a model of another kind", modelPaths.tinyEmbedding, "secret", /it is for embedding/],
    ["a key that is no admin's", modelPaths.echoQ8, "other", /not an admin key/],
  ] as const) {
    test(`says why not with ${what}`, () => {
      const { exitCode, stdout, stderr } = swap(file, key);
      assert.deepEqual([exitCode, stdout], [1, ""]);
      assert.match(stderr, message);
    });
  }

  test("is refused before it begins, in a client's words, where the file ends too early", async () => {
    const model = path.join(folder, "truncated.gguf");
    fs.writeFileSync(model, fs.readFileSync(modelPaths.echoQ8).subarray(0, 30_000_000));
    const response = await fetch(`${url}/admin/models/echo-q4_0/swap`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer secret" },
      body: JSON.stringify({ model }),
    });
    const { error } = errorResponse.parse(await response.json());
    assert.deepEqual([response.status, error.code, error.param], [400, "invalid_value", "model"]);
    assert.doesNotMatch(error.message, /--/);
  });

  test("says that nobody answers", () => {
    const none = ["models", "swap", "echo", modelPaths.echo, "--url", "http://127.0.0.1:1"];
    const { exitCode, stderr } = runWeir(none);
    assert.equal(exitCode, 1);
    assert.match(stderr, /no answer: .*ECONNREFUSED.*; is weir serve running there\? --url names/);
  });
});

test("a model that does not fit the memory limit is not served", async () => {
  const weir = new WeirProcess("--parallel", "1", "--ctx-size", "256", "--memory-limit", "10MiB");
  assert.equal(await weir.exited(), 1);
  assert.match(weir.stderr, /echo-q4_0 does not fit: CPU lacks .*memory-limit is 10 MiB/);
});
