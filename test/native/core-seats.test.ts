import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import { after, afterEach, before, describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { rowMark } from "#weir/engine/batch-plan.js";
import type { ContextHandle, ModelHandle } from "#weir/llama/addon.js";
import { type Addon, contextOptions, cpuAddon, loadTiny, noDecoded } from "./addon.js";

const cores = os.availableParallelism();
const allCores = coresOf("self");

let addon: Addon;
let model: ModelHandle;
let context: ContextHandle | null = null;

before(async () => {
  ({ addon } = await cpuAddon());
  model = await loadTiny(addon);
});

afterEach(() => {
  context?.close();
  context = null;
  taskset(allCores);
});

after(() => model.close());

/** Cores that a thread may use, as the kernel writes them: "0-1". */
function coresOf(thread: string): string {
  const status = fs.readFileSync(
    `/proc/self/task/${thread === "self" ? process.pid : thread}/status`,
    "utf8",
  );
  return /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? "";
}

function listOf(written: string): number[] {
  return written.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** The cores of ggml's threads, but for their caller. */
function computeThreads(): number[][] {
  const isOne = (thread: string): boolean =>
    fs.readFileSync(`/proc/self/task/${thread}/comm`, "utf8") === "ggml-compute\n";
  return fs
    .readdirSync("/proc/self/task")
    .filter(isOne)
    .map((thread) => listOf(coresOf(thread)));
}

/** Where all threads of this process may run from now on. */
function taskset(list: string): void {
  execFileSync("taskset", tasksetOptions(list), { stdio: "ignore" });
}

function tasksetOptions(list: string): string[] {
  return ["--all-tasks", "--cpu-list", "--pid", list, String(process.pid)];
}

/** The same from a thread of its own; the number becomes 1 when it is done. */
function tasksetElsewhere(list: string): Int32Array {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const source = `
    const { workerData: { done, options } } = require("node:worker_threads");
    require("node:child_process").execFileSync("taskset", options, { stdio: "ignore" });
    Atomics.store(done, 0, 1);
  `;
  new Worker(source, { eval: true, workerData: { done, options: tasksetOptions(list) } });
  return done;
}

function open(threads: number): ContextHandle {
  context = new addon.Context(model, contextOptions({ threads, slots: 1, contextTokens: 512 }));
  return context;
}

/** A pass of a prompt of so many rows; the answer to nothing. */
function prompt(rows: number): Int32Array {
  const cells = Array.from({ length: rows }, (_, i) => [
    5 + i,
    i,
    0,
    i + 1 < rows ? rowMark.noSampler : rowMark.unsampled,
  ]);
  return Int32Array.from([1, 0, rows, 0, 0, 0, ...cells.flat()]);
}

/** The sets of cores that this thread was given while `work` ran. */
async function seenCores(work: () => void): Promise<Set<string>> {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const source = `
    const { parentPort, workerData: { stop, file } } = require("node:worker_threads");
    const fs = require("node:fs");
    const seen = new Set();
    parentPort.postMessage("ready");
    while (Atomics.load(stop, 0) === 0)
      seen.add(/^Cpus_allowed_list:\\s+(\\S+)$/m.exec(fs.readFileSync(file, "utf8"))[1]);
    parentPort.postMessage(seen);
  `;
  const file = `/proc/self/task/${process.pid}/status`;
  const worker = new Worker(source, { eval: true, workerData: { stop, file } });
  await once(worker, "message");
  work();
  const seen = once(worker, "message");
  Atomics.store(stop, 0, 1);
  return (await seen)[0] as Set<string>; // what the source above posts
}

describe("with as many compute threads as cores", { skip: cores < 2 && "a single core" }, () => {
  it("keeps them off the caller's core, and the caller on it while it computes", async () => {
    const opened = open(cores);
    assert.deepEqual(
      computeThreads(),
      Array(2 * (cores - 1)).fill(listOf(allCores)),
      "before the first graph",
    );
    const seen = await seenCores(() => {
      for (let pass = 0; pass < 20; pass++) opened.step(prompt(400), noDecoded);
    });

    const [others = [], ...rest] = computeThreads();
    assert.equal(others.length, cores - 1);
    assert.deepEqual(rest, Array(rest.length).fill(others), "one core is left out, the same for all");
    assert.equal(rest.length + 1, 2 * (cores - 1), "of both pools");
    const [own] = listOf(allCores).filter((core) => !others.includes(core));
    assert.ok(seen.has(String(own)), `on core ${own} while it computed: ${[...seen]}`);
    assert.equal(coresOf("self"), allCores, "and free afterwards");
  });

  it("follows when the process is given fewer cores amid a graph, and then more", () => {
    const opened = open(cores);
    const [last = 0] = listOf(allCores).slice(-1);
    const done = tasksetElsewhere(String(last));
    while (Atomics.load(done, 0) === 0) opened.step(prompt(400), noDecoded);
    assert.equal(coresOf("self"), String(last), "what it was told is not taken back");
    opened.step(prompt(8), noDecoded);
    assert.equal(coresOf("self"), String(last));
    assert.deepEqual(computeThreads(), Array(2 * (cores - 1)).fill([last]));

    taskset(allCores);
    opened.step(prompt(8), noDecoded);
    assert.equal(coresOf("self"), allCores);
    assert.ok(computeThreads().every((others) => others.length === cores - 1));
  });
});

it("leaves threads that are not as many as the cores where they are", () => {
  open(cores + 1).step(prompt(8), noDecoded);
  assert.deepEqual(computeThreads(), Array(2 * cores).fill(listOf(allCores)));
});

it("leaves a lone thread where it is", () => {
  open(1).step(prompt(8), noDecoded);
  assert.deepEqual(computeThreads(), []);
  assert.equal(coresOf("self"), allCores);
});
