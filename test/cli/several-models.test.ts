import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { modelPaths } from "../support/models.js";
import { runWeir, WeirProcess } from "./weir.js";

describe("weir serve with a table of models", () => {
  let folder = "";
  let file = "";
  let origin = "";
  let weir: WeirProcess;
  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-table-"));
    file = path.join(folder, "weir.yaml");
    fs.symlinkSync(modelPaths.echo, path.join(folder, "small.gguf"));
    write("alias: [gpt-4o]");
    weir = new WeirProcess("--config", file);
    const banner = await weir.ready();
    assert.match(
      banner,
      /model +main\n +context +2 slots × 512 tokens\n +model +lazy\n +context .*loaded when it is asked for/,
    );
    origin = /http:\/\/127\.0\.0\.1:\d+/.exec(banner)?.[0] ?? assert.fail(banner);
  });
  after(async () => {
    await weir.end("SIGKILL");
    fs.rmSync(folder, { recursive: true });
  });

  function write(ofMain: string, ofAll = "idle-unload: 0", slots = 2, first = ""): void {
    const lines = [
      "listen: [127.0.0.1:0]",
      "threads: 1",
      "ctx-size: 512",
      `parallel: ${slots}`,
      "models-max: 1",
      ofAll,
      "models:",
      first,
      "  main:",
      `    model: ${modelPaths.echo}`,
      `    ${ofMain}`,
      "  lazy: {model: small.gguf, load: demand, parallel: 1}",
    ];
    fs.writeFileSync(file, `${lines.join("\n")}\n`);
  }

  async function ask(model: string): Promise<number> {
    const body = JSON.stringify({ model, messages: [{ role: "user", content: "hi" }] });
    const headers = { "content-type": "application/json" };
    return (await fetch(`${origin}/v1/chat/completions`, { method: "POST", headers, body })).status;
  }

  test("loads another for who asks for it, as many as models-max", async () => {
    assert.deepEqual([await ask("main"), await ask("gpt-4o"), await ask("lazy")], [200, 200, 200]);
    await weir.logged('"the model is unloaded to make room for another"');
  });

  test("takes names and idle-unload live, and says that another slot needs a restart", async () => {
    write("alias: [gpt-5]", "idle-unload: 1ms", 3);
    weir.signal("SIGHUP");
    await weir.logged('"changed":["models","idle-unload"],"msg":"configuration reloaded"');
    assert.match(weir.stderr, /parallel has changed/);
    assert.deepEqual([await ask("gpt-5"), await ask("gpt-4o"), await ask("lazy")], [200, 404, 200]);
    await weir.logged('"the model is unloaded: nobody asks"');
  });

  test("leaves names and times where they are while another model waits for a restart", async () => {
    const before = weir.stderr.length;
    write("alias: [gpt-6]", "idle-unload: 30d", 2, "  new: {model: small.gguf, load: demand}");
    weir.signal("SIGHUP");
    await weir.logged("models has changed");
    const names = ["new", "gpt-6", "main", "gpt-5", "lazy"];
    const models = names.map((name) => fetch(`${origin}/v1/models/${name}`));
    assert.deepEqual(
      (await Promise.all(models)).map(({ status }) => status),
      [404, 404, 200, 200, 200],
    );
    assert.match(weir.stderr.slice(before), /idle-unload has changed .* needs a restart/);
  });

  test("ends the start where one of the files is no model", () => {
    fs.writeFileSync(path.join(folder, "broken.gguf"), "GGUF");
    const flags = [
      "--models",
      `{a: {model: ${modelPaths.echo}}, b: {model: ${folder}/broken.gguf, load: demand}}`,
    ];
    const { exitCode, stderr } = runWeir(["serve", "--port", "0", ...flags]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /broken\.gguf/);
  });

  test("ends the start where a model takes more than memory-limit", () => {
    const { exitCode, stderr } = runWeir(["serve", "--port", "0", "--memory-limit", "20MB"]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /echo-q4_0 does not fit: CPU lacks .*memory-limit is 20 MiB/);
  });
});
