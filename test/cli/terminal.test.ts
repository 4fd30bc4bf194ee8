import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { mainPath } from "./weir.js";

const hasScript = spawnSync("script", ["--version"]).status === 0;

/** 128 and the signal's number. */
const endedByHangup = 129;

test("a server whose terminal is closed ends in order, without a core dump", {
  skip: !hasScript,
}, async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-terminal-"));
  const [output, code] = [path.join(folder, "output"), path.join(folder, "code")];
  // The shell is told, as the leader of the session; it passes that on, and outlives its terminal to tell how the server ended.
  const server = `${process.execPath} ${mainPath} serve --port 0 --threads 1 --log-level debug`;
  const shell = `exec 3<&0; trap 'kill -HUP $!' HUP; ${server} <&3 & wait $!; wait $!; echo $? > ${code}`;
  const terminal = spawn("script", ["--quiet", "--flush", "--command", shell, output], { stdio: "ignore" });
  while (!fs.existsSync(output) || !/^curl /m.test(fs.readFileSync(output, "utf8"))) await delay(50);
  terminal.kill("SIGKILL");
  await once(terminal, "exit");
  const deadline = performance.now() + 20_000;
  while (!fs.existsSync(code) || fs.readFileSync(code, "utf8") === "") {
    assert.ok(performance.now() < deadline, "the server has not ended");
    await delay(50);
  }
  assert.equal(Number(fs.readFileSync(code, "utf8")), endedByHangup);
  fs.rmSync(folder, { recursive: true });
});
