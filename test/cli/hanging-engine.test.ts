import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { WeirProcess } from "./weir.js";

let folder: string;
let fifo: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "weir-hang-"));
  fifo = path.join(folder, "fifo");
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

/** A server whose engine hangs in the step of a request. */
async function hangingServer(context: TestContext, ...flags: string[]): Promise<WeirProcess> {
  const preload = fileURLToPath(new URL("./hanging-engine.js", import.meta.url));
  const variables = { HANG_AT: fifo, NODE_OPTIONS: `--import=${preload}` };
  const weir = new WeirProcess(variables, "--parallel", "1", ...flags);
  context.after(() => weir.end("SIGKILL"));
  const [url = ""] = /http:\/\/[^/\s]+/.exec(await weir.ready()) ?? [];
  execFileSync("mkfifo", [fifo]);
  const body = JSON.stringify({ prompt: "hello" });
  fetch(`${url}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  }).catch(() => {});
  await weir.logged("the engine hangs");
  return weir;
}

test("an engine that hangs inside llama.cpp does not keep the process from its end", async (context) => {
  const weir = await hangingServer(context, "--drain-timeout", "1s");
  assert.equal(await weir.end("SIGTERM"), 1);
  assert.match(weir.stderr, /weir: an engine hangs: it has not ended within 5 s/);
});

test("nor does it keep a second signal from ending it soon", async (context) => {
  const weir = await hangingServer(context, "--drain-timeout", "1h");
  weir.signal("SIGTERM");
  await pause(700);
  assert.equal(await weir.end("SIGTERM"), 143);
});
