import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { makeFolder } from "#weir/library/folder.js";
import { mainPath, type ProgramResult } from "../cli/weir.js";
import { modelPaths } from "../support/models.js";
import { addEcho, writeEchoManifest } from "./echo-manifest.js";
import { HubServer } from "./hub-server.js";
import { weir } from "./weir-command.js";

let server: HubServer;
let folder = "";
before(async () => {
  server = await HubServer.start();
  addEcho(server);
});
after(() => server.close());
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-models-"));
  server.reset();
  writeEchoManifest(folder);
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

function models(...words: string[]): Promise<ProgramResult> {
  return weir(["models", ...words], { WEIR_MODELS_DIR: folder, HF_ENDPOINT: server.url });
}

const file = () => path.join(folder, "weir/echo-GGUF/echo-Q4_0.gguf");

async function listed(): Promise<readonly Record<string, unknown>[]> {
  return JSON.parse((await models("list", "--json")).stdout);
}

describe("weir models list", () => {
  test("has the manifests' variants, those of the folder too, and files of no manifest", async () => {
    fs.copyFileSync(modelPaths.echo, path.join(folder, "mine.gguf"));
    const all = await listed();
    const names = all.map(({ reference }) => reference);
    for (const name of [
      "qwen3-32b:Q4_K_M",
      "qwen3-32b:Q8_0",
      "echo:Q4_0",
      "echo:Q8_0",
      path.join(folder, "mine.gguf"),
    ])
      assert.ok(names.includes(name), name);
    const { stdout } = await models("list");
    assert.match(stdout, /\nqwen3-32b:Q4_K_M \* +19\.8 GB +hf:Qwen\/Qwen3-32B-GGUF\n/);
  });

  test("says what is pulled, how large it is and where", async () => {
    await models("pull", "echo");
    const [one] = (await listed()).filter(({ reference }) => reference === "echo:Q4_0");
    assert.deepEqual(
      [one?.["isPulled"], one?.["path"], one?.["bytes"]],
      [true, file(), fs.statSync(modelPaths.echo).size],
    );
    assert.equal((await listed()).filter(({ isPulled }) => isPulled).length, 1);
  });

  test("skips a manifest that is wrong with its line, and has the others", async () => {
    fs.writeFileSync(path.join(folder, "wrong.yaml"), "name: wrong\ndescribtion: a\n");
    const { exitCode, stdout, stderr } = await models("list");
    assert.equal(exitCode, 0);
    assert.match(stdout, /\necho:Q4_0 /);
    assert.match(
      stderr,
      /^weir: skipped: .+wrong\.yaml:2:1: unknown key "describtion"; did you mean "description"\?/,
    );
    assert.match(
      stderr,
      /\(and \d more faults\); every \.yaml file in .+ is read as the manifest of a model/,
    );
    assert.equal(stderr.trim().split("\n").length, 1);
  });

  test("says of a model that it does not find which manifest was skipped", async () => {
    fs.writeFileSync(path.join(folder, "wrong.yaml"), "name: wrong\ndescribtion: a\n");
    const { exitCode, stderr } = await models("inspect", "wrong");
    assert.equal(exitCode, 2);
    assert.match(stderr, /\nweir: there is no model "wrong".+; skipped: .+wrong\.yaml:2:1: unknown key/);
  });

  for (const command of ["list", "verify"]) {
    test(`${command} refuses a folder that is named and is not there, or is a file`, async () => {
      const missing = await models(command, "--models-dir", path.join(folder, "nope"));
      assert.deepEqual([missing.exitCode, missing.stdout], [2, ""]);
      assert.match(missing.stderr, /^weir: there is no folder of models \/.+\/nope: [^\n]+\n$/);
      const file = await models(command, "--models-dir", path.join(folder, "echo.yaml"));
      assert.equal(file.exitCode, 2);
      assert.match(
        file.stderr,
        /^weir: the folder of models .+ can't be listed: it, or a folder around it, is a file\n$/,
      );
    });
  }

  test("verify says that a folder is empty", async () => {
    const { exitCode, stdout } = await models("verify");
    assert.deepEqual([exitCode, stdout], [0, `nothing is pulled: ${folder} has no models\n`]);
  });
});

describe("weir models pull", () => {
  // Its signals don't end a process that has lost itself in mkdir(2).
  test("refuses a folder that can't be made", { skip: process.platform !== "linux" }, () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [mainPath, "models", "pull", "qwen3-0.6b", "--models-dir", "/proc/foo"],
      { encoding: "utf8", timeout: 20_000, killSignal: "SIGKILL", env: { HF_ENDPOINT: server.url } },
    );
    assert.match(stderr, /^weir: the folder \/proc\/foo can't be made: ENOENT[^\n]+\n$/);
    assert.equal(status, 1);
  });

  test("makes all folders that are missing, and refuses a file in their place", async () => {
    const inner = path.join(folder, "a/b/c");
    await makeFolder(inner);
    await makeFolder(inner);
    assert.ok(fs.statSync(inner).isDirectory());
    const below = makeFolder(path.join(folder, "echo.yaml/b/c"));
    await assert.rejects(below, /echo\.yaml is a file, and has to be a folder/);
  });

  test("goes on after a Ctrl-C where it was", async () => {
    server.faults = { stallAfter: (attempt) => (attempt > 4 ? 0 : attempt === 1 ? undefined : 5_300_000) };
    const environment = { WEIR_MODELS_DIR: folder, HF_ENDPOINT: server.url };
    let isAsked = false;
    const stopped = await weir(["models", "pull", "echo"], environment, (_, signal) => {
      if (isAsked) return;
      isAsked = true;
      setTimeout(() => signal("SIGINT"), 500);
    });
    assert.equal(stopped.exitCode, 130, stopped.stderr);
    assert.match(stopped.stderr, /weir: echo: stopped; the same command goes on from there\n$/);
    assert.equal(fs.existsSync(file()), false);

    server.reset();
    const again = await models("pull", "echo");
    assert.equal(again.exitCode, 0, again.stderr);
    assert.ok(fs.readFileSync(file()).equals(fs.readFileSync(modelPaths.echo)));
    // The first connection only asks for the size, and is not read to its end.
    const ranges = server.downloads.flatMap(({ range }) => (range === null ? [] : [range]));
    const asked = ranges.map((range) => range.split("=")[1]?.split("-").map(Number) ?? []);
    const bytes = asked.reduce((sum, [from = 0, to = 0]) => sum + to - from + 1, 0);
    assert.ok(bytes < fs.statSync(modelPaths.echo).size, `${bytes} bytes in ${ranges.join()}`);
  });

  test("tells a wrong name with the nearest one, and exits with 2", async () => {
    for (const [name, message] of [
      ["ecko", /there is no model "ecko"; did you mean "echo"\?/],
      ["echo:Q4_1", /echo has no variant "Q4_1"; did you mean "echo:Q4_0"\? its variants are Q4_0, Q8_0/],
      ["hf:nobody", /expected a manifest's name such as/],
      ["some/path.gguf", /is a path: expected a reference/],
    ] as const) {
      const { exitCode, stderr } = await models("pull", name);
      assert.equal(exitCode, 2, stderr);
      assert.match(stderr, message);
      assert.match(stderr, /^weir: [^\n]+\n$/);
    }
  });

  test("tells in one line what the server says, never the token, and exits with 1", async () => {
    server.faults = { token: "hf_right" };
    const { exitCode, stderr, stdout } = await weir(["models", "pull", "echo"], {
      WEIR_MODELS_DIR: folder,
      WEIR_HF_ENDPOINT: server.url,
      HF_TOKEN: "hf_wrong",
    });
    assert.deepEqual([exitCode, stdout], [1, ""]);
    assert.match(
      stderr,
      /^weir: hf:weir\/echo-GGUF\/echo-Q4_0\.gguf: [^\n]+ answers 401[^\n]+HF_TOKEN is wrong[^\n]+\n$/,
    );
    assert.doesNotMatch(stderr, /hf_wrong/);
  });

  test("gives a server that stands still the time of --pull-timeout", async () => {
    server.faults = { stallAfter: () => 0 };
    const { exitCode, stderr } = await models("pull", "echo", "--pull-timeout", "1s");
    assert.equal(exitCode, 1);
    assert.match(stderr, /no byte has come for 1 s, 3 times; the same command goes on from there/);
  });
});

describe("a repository's name alone", () => {
  const Q8 = "weir/two-GGUF/two-Q8_0.gguf";
  const Q4 = "weir/two-GGUF/two-Q4_K_M.gguf";
  beforeEach(() => {
    server.add(Q8, Buffer.from("GGUF eight"));
    server.add(Q4, Buffer.from("GGUF four"));
  });
  afterEach(() => {
    server.remove(Q8);
    server.remove(Q4);
  });

  test("is not whatever quantization lies here: rm does not remove that, and pull brings the usual one", async () => {
    await models("pull", "hf:weir/two-GGUF:Q8_0");
    fs.writeFileSync(path.join(folder, "weir/two-GGUF/mmproj-two-Q4_K_M.gguf"), "GGUF");
    const refused = await models("rm", "--yes", "hf:weir/two-GGUF");
    assert.match(refused.stderr, /there is nothing to remove/);
    await models("pull", "hf:weir/two-GGUF");
    const removed = await models("rm", "--yes", "hf:weir/two-GGUF");
    assert.equal(removed.stdout, `removed ${path.join(folder, Q4)}\n`, removed.stderr);
    assert.ok(fs.existsSync(path.join(folder, Q8)));
  });

  test("is the only model of the repository once a pull has seen that it is", async () => {
    server.remove(Q4);
    await models("pull", "hf:weir/two-GGUF:Q8_0");
    await models("pull", "hf:weir/two-GGUF");
    const removed = await models("rm", "--yes", "hf:weir/two-GGUF");
    assert.equal(removed.stdout, `removed ${path.join(folder, Q8)}\n`, removed.stderr);
  });
});

describe("weir models inspect", () => {
  const facts = async (...words: string[]) =>
    JSON.parse((await models("inspect", "--json", ...words)).stdout);

  test("reads a file", async () => {
    const {
      from,
      architecture,
      quantization,
      layers,
      hasChatTemplate,
      trainedContextTokens,
      kvBytesPer1000Tokens,
    } = await facts(modelPaths.echo);
    assert.deepEqual(
      {
        from,
        architecture,
        quantization,
        layers,
        hasChatTemplate,
        trainedContextTokens,
        kvBytesPer1000Tokens,
      },
      {
        from: "file",
        architecture: "qwen3",
        quantization: "Q4_0",
        layers: 5,
        hasChatTemplate: true,
        trainedContextTokens: 8192,
        // 5 layers × (64 + 64) values × 2, 34/32, 18/32 bytes × 1,000.
        kvBytesPer1000Tokens: { f16: 1_280_000, q8_0: 680_000, q4_0: 360_000 },
      },
    );
  });

  test("reads the file of a reference where it would be pulled from, without pulling it", async () => {
    for (const words of [["hf:weir/echo-GGUF:Q4_0"], ["--remote", "echo"]]) {
      const { from, at, parameters, bytes } = await facts(...words);
      assert.deepEqual(
        [from, at, bytes],
        ["server", "hf:weir/echo-GGUF/echo-Q4_0.gguf", fs.statSync(modelPaths.echo).size],
      );
      assert.ok(parameters > 25e6);
    }
    assert.equal(fs.existsSync(file()), false);
  });

  test("sends the token to the hub alone, whoever it redirects to", async () => {
    const commandLine = ["models", "inspect", "--json", "--remote", "echo"];
    const environment = { WEIR_MODELS_DIR: folder, HF_ENDPOINT: server.url, HF_TOKEN: "hf_secret" };
    for (const storageStatus of [() => undefined, (attempt: number) => (attempt === 1 ? 403 : undefined)]) {
      server.reset();
      server.faults = { token: "hf_secret", storageStatus };
      const { exitCode, stderr } = await weir(commandLine, environment);
      assert.equal(exitCode, 0, stderr);
      const sent = (name: string) =>
        server.requests.filter((one) => one.server === name).map(({ authorization }) => authorization);
      assert.deepEqual([...new Set(sent("hub"))], ["Bearer hf_secret"]);
      assert.deepEqual([...new Set(sent("storage"))], [null]);
    }
  });

  test("says of a manifest what it says itself, and asks nobody", async () => {
    const { stdout } = await models("inspect", "qwen3-32b");
    assert.match(stdout, /KV cache of 1,000 tokens +262\.1 MB in f16, 139\.3 MB in q8_0, 73\.7 MB in q4_0\n/);
    assert.match(
      stdout,
      /sampling, thinking +temperature 0\.6, top-p 0\.95, top-k 20, min-p 0, presence-penalty 1\.5\n/,
    );
    assert.equal(server.requests.length, 0);
  });

  test("refuses what is no GGUF", async () => {
    const text = path.join(folder, "text.gguf");
    fs.writeFileSync(text, "not at all");
    const { exitCode, stderr } = await models("inspect", text);
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /^weir: text\.gguf: it can't be read as a GGUF: [^\n]+\n$/);
  });
});

test("no token is sent that was not given, though a file of the user has one", async () => {
  const home = path.join(folder, "hf-home");
  fs.mkdirSync(home);
  fs.writeFileSync(path.join(home, "token"), "hf_of_the_user");
  const environment = { WEIR_MODELS_DIR: folder, HF_ENDPOINT: server.url, HF_HOME: home };
  server.faults = { storageStatus: () => 403 };
  for (const words of [["inspect", "--remote"], ["pull"]])
    assert.equal((await weir(["models", ...words, "echo"], environment)).exitCode, 1);
  assert.deepEqual([...new Set(server.requests.map(({ authorization }) => authorization))], [null]);
});

describe("weir models verify", () => {
  test("finds a byte that has changed, and says what to do", async () => {
    await models("pull", "echo");
    assert.deepEqual(await models("verify"), {
      exitCode: 0,
      stdout: `right       ${file()}\n`,
      stderr: await checkedText(),
    });
    const handle = fs.openSync(file(), "r+");
    fs.writeSync(handle, Buffer.from([255, 254]), 0, 2, 10_000_000);
    fs.closeSync(handle);
    const { exitCode, stdout, stderr } = await models("verify", "echo");
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /^damaged +\S+: its SHA-256 is [0-9a-f]{64}, and was [0-9a-f]{64} when it was pulled\n$/,
    );
    assert.match(stderr, /remove it with weir models rm, and pull it again\n$/);
  });

  test("finds a file that was cut, and says of one that was not pulled that it knows nothing", async () => {
    await models("pull", "echo");
    fs.truncateSync(file(), 1000);
    fs.copyFileSync(modelPaths.echo, path.join(folder, "mine.gguf"));
    const { exitCode, stdout } = await models("verify");
    assert.equal(exitCode, 1);
    assert.match(stdout, /damaged +\S+: it has 1000 bytes, and had \d+ when it was pulled\n/);
    assert.match(stdout, /unrecorded +\S+mine\.gguf: it was not pulled/);
  });
});

/** Where stderr is no terminal, a check of a whole file begins with a line. */
async function checkedText(): Promise<string> {
  return (await models("verify")).stderr;
}

describe("weir models rm", () => {
  test("removes the file and all that a pull has left, where it is told to", async () => {
    await models("pull", "echo");
    const asked = await models("rm", "echo");
    assert.deepEqual([asked.exitCode, fs.existsSync(file())], [2, true]);
    assert.match(asked.stderr, /there is no terminal to ask at whether files shall be removed: give --yes/);
    const removed = await models("rm", "--yes", "echo");
    assert.deepEqual([removed.exitCode, removed.stdout], [0, `removed ${file()}\n`]);
    assert.deepEqual(fs.readdirSync(folder).sort(), [".pulls", "echo.yaml"]);
  });

  test("never removes what is outside of the folder, behind a link neither", async () => {
    const outside = fs.mkdtempSync(path.join(os.tmpdir(), "weir-outside-"));
    const kept = path.join(outside, "kept.gguf");
    fs.writeFileSync(kept, "GGUF");
    fs.symlinkSync(outside, path.join(folder, "link"));
    fs.symlinkSync(kept, path.join(folder, "kept.gguf"));
    for (const name of [
      kept,
      path.join(folder, "link/kept.gguf"),
      path.join(folder, "../", path.basename(outside), "kept.gguf"),
    ]) {
      const { exitCode, stderr } = await models("rm", "--yes", name);
      assert.equal(exitCode, 2);
      assert.match(stderr, /is not in the models folder/);
    }
    assert.equal((await models("rm", "--yes", path.join(folder, "kept.gguf"))).exitCode, 0);
    assert.deepEqual([fs.existsSync(kept), fs.existsSync(path.join(folder, "kept.gguf"))], [true, false]);
    fs.rmSync(outside, { recursive: true });
  });
});

describe("weir serve", () => {
  test("names the part of a split model that is missing", async () => {
    const parts = [1, 2, 3].map((part) => path.join(folder, `split-0000${part}-of-00003.gguf`));
    for (const part of [parts[0] ?? "", parts[2] ?? ""]) fs.copyFileSync(modelPaths.echo, part);
    const { exitCode, stderr } = await weir(["serve", "--model", parts[0] ?? ""]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /of its 3 parts 1 are missing: split-00002-of-00003\.gguf; all parts lie/);
    fs.copyFileSync(modelPaths.echo, path.join(folder, "split-00002-of-00003.gguf"));
    const later = await weir(["serve", "--model", parts[2] ?? ""]);
    assert.match(
      later.stderr,
      /is a later part of a split model: name its first one, \S+split-00001-of-00003\.gguf\n$/,
    );
  });

  test("refuses a manifest that it does not know, as weir config --check and weir doctor do", async () => {
    for (const command of [["serve"], ["config", "--check"], ["doctor", "--gpu", "false"]]) {
      const { exitCode, stderr } = await weir([...command, "--model", "qwen3-32"]);
      assert.equal(exitCode, 2);
      assert.match(stderr, /there is no model "qwen3-32"; did you mean "qwen3-32b"\?/);
    }
  });
});

test("weir config --check takes a model that weir serve would pull, and asks nobody", async () => {
  const flags = ["config", "--check", "--model", "echo", "--models-dir", folder, "--hf-endpoint", server.url];
  const results = [await weir(flags), await weir([...flags, "--pull"])];
  assert.deepEqual([results.map(({ exitCode }) => exitCode), server.requests], [[1, 0], []]);
});

test("weir doctor says of a model that weir serve would pull that it is not pulled", async () => {
  const flags = ["--gpu", "false", "--model", "echo", "--pull", "--models-dir", folder];
  const { exitCode, stderr } = await weir(["doctor", ...flags, "--hf-endpoint", server.url]);
  assert.equal(exitCode, 1);
  assert.match(stderr, /^weir: echo is not in \S+: weir models pull echo/);
});

test("a folder that can't be written is told of in one line", async () => {
  const blocked = path.join(folder, "file");
  fs.writeFileSync(blocked, "");
  const { exitCode, stderr } = await weir(["models", "pull", "hf:weir/echo-GGUF:Q4_0"], {
    WEIR_MODELS_DIR: path.join(blocked, "models"),
    HF_ENDPOINT: server.url,
  });
  assert.equal(exitCode, 2);
  assert.match(stderr, /^weir: the folder of models .+ can't be listed: [^\n]+ is a file\n$/);
});

test("a reference in weir.yaml is one, and a path is relative to the file", async () => {
  const config = path.join(folder, "config");
  fs.mkdirSync(config);
  const settings = path.join(config, "weir.yaml");
  fs.writeFileSync(settings, "model: echo:Q4_0\nmodels-dir: ..\n");
  const { stdout } = await weir(["config", "--config", settings]);
  assert.match(stdout, /^model: echo:Q4_0 /m);
  assert.match(stdout, new RegExp(`^models-dir: ${folder} `, "m"));
});
