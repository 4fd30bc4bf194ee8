import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { loadConfig } from "#weir/config/load.js";
import { deployText, freeingMs, spanMs } from "./deploy-file.js";
import { isInstalled } from "./programs.js";

const unit = deployText("systemd/weir.service");
const hasAnalyzer = isInstalled("systemd-analyze");

function valuesOf(key: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

describe("weir.service", { skip: hasAnalyzer ? false : "systemd-analyze is not here" }, () => {
  let file = "";
  before(() => {
    file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "weir-unit-")), "weir.service");
    // The analyzer looks whether the program is there.
    fs.writeFileSync(file, unit.replace("/usr/bin/node", process.execPath));
  });
  after(() => fs.rmSync(path.dirname(file), { recursive: true }));

  function analyze(...words: string[]): { readonly status: number | null; readonly output: string } {
    const { status, stdout, stderr } = spawnSync("systemd-analyze", [...words, file], { encoding: "utf8" });
    return { status, output: stdout + stderr };
  }

  test("is a unit that systemd takes without a word", () => {
    assert.deepEqual(analyze("verify"), { status: 0, output: "" });
  });

  test("is exposed by no more than 2.0 of 10, as systemd counts", () => {
    const { status, output } = analyze("security", "--offline=true", "--threshold=20", "--no-pager");
    assert.equal(status, 0, output);
  });
});

test("systemd waits for the drain of the default settings and the model's end", () => {
  const { drainDelay, drainTimeout } = loadConfig({ flags: {}, environment: {} });
  const [stop = ""] = valuesOf("TimeoutStopSec");
  assert.ok(spanMs(stop) >= drainDelay + drainTimeout + freeingMs, stop);
});

test("systemd is told by the main process what it is at, and ends one that is silent", () => {
  assert.deepEqual([valuesOf("Type"), valuesOf("NotifyAccess")], [["notify"], ["main"]]);
  assert.ok(spanMs(valuesOf("WatchdogSec")[0] ?? "") > 0);
});

test("no limit keeps V8 from compiling, nor connections from being opened", () => {
  assert.deepEqual(valuesOf("MemoryDenyWriteExecute"), ["no"]);
  const { maxConnections } = loadConfig({ flags: {}, environment: {} });
  assert.ok(Number(valuesOf("LimitNOFILE")[0]) > 2 * maxConnections);
});
