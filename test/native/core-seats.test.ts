import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { after, afterEach, before, describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { rowMark } from "#weir/engine/batch-plan.js";
import type { ModelHandle } from "#weir/llama/addon.js";
import { type Addon, cpuAddon, loadTiny } from "./addon.js";

const ownThread = String(process.pid);
const allCores = coresOf(ownThread);
const cores = listOf(allCores).length;
const firstCore = String(listOf(allCores)[0]);

let addon: Addon;
let variant: string;
let model: ModelHandle;
let stepper: Stepper;

before(async () => {
  ({ addon, variant } = await cpuAddon());
  model = await loadTiny(addon);
});

afterEach(async () => {
  await stepper.close();
  taskset(allCores);
});

after(() => {
  model.close();
  assert.deepEqual(addon.alive(), { models: 0, contexts: 0 });
});

/** The cores that a thread may use, as the kernel writes them: "0-1". */
function coresOf(thread: string): string {
  const status = fs.readFileSync(`/proc/self/task/${thread}/status`, "utf8");
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
  return fs.readdirSync("/proc/self/task").flatMap((thread) => {
    try {
      const name = fs.readFileSync(`/proc/self/task/${thread}/comm`, "utf8");
      return name === "ggml-compute\n" ? [listOf(coresOf(thread))] : [];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

/** So many threads with these cores. */
function threadsOn(threads: number, list: readonly number[]): number[][] {
  return Array.from({ length: threads }, () => [...list]);
}

/** Where all threads of this process may run from now on. */
function taskset(list: string): void {
  execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", list, ownThread], { stdio: "ignore" });
}

/** A context in a thread of its own, as an engine has it. */
class Stepper {
  readonly thread: string;
  readonly #worker: Worker;
  readonly #isOnce: Int32Array;

  static async open(threads: number): Promise<Stepper> {
    const isOnce = new Int32Array(new SharedArrayBuffer(4));
    const addonModule = import.meta.resolve("#weir/llama/addon.js");
    const optionsModule = import.meta.resolve("./addon.js");
    const source = `
      const { parentPort, workerData: isOnce } = require("node:worker_threads");
      (async () => {
        const { loadAddon } = await import(${JSON.stringify(addonModule)});
        const { contextOptions } = await import(${JSON.stringify(optionsModule)});
        const model = loadAddon(${JSON.stringify(variant)}).attachModel(${model.info().id});
        const options = { threads: ${threads}, slots: 1, contextTokens: 512 };
        const context = new (loadAddon(${JSON.stringify(variant)}).Context)(model, contextOptions(options));
        parentPort.on("message", (plan) => {
          if (plan === null) {
            context.close();
            model.close();
            parentPort.close();
            return;
          }
          do context.step(plan, () => {});
          while (Atomics.load(isOnce, 0) === 0);
          parentPort.postMessage("done");
        });
        parentPort.postMessage(require("node:fs").readlinkSync("/proc/thread-self"));
      })();
    `;
    const worker = new Worker(source, { eval: true, workerData: isOnce });
    const [link] = await once(worker, "message");
    return new Stepper(worker, isOnce, String(link).split("/").at(-1) ?? "");
  }

  private constructor(worker: Worker, isOnce: Int32Array, thread: string) {
    this.#worker = worker;
    this.#isOnce = isOnce;
    this.thread = thread;
  }

  /** The pass of a short prompt. */
  async step(): Promise<void> {
    await this.during(() => {}, 8);
  }

  /** The passes of a prompt, over and over, until `work` is done. */
  async during(work: () => void, rows = 400): Promise<void> {
    const done = once(this.#worker, "message");
    Atomics.store(this.#isOnce, 0, 0);
    this.#worker.postMessage(promptPlan(rows));
    try {
      work();
    } finally {
      Atomics.store(this.#isOnce, 0, 1);
    }
    await done;
  }

  async close(): Promise<void> {
    const exit = once(this.#worker, "exit");
    this.#worker.postMessage(null);
    await exit;
  }
}

/** Rows of one prompt in slot 0, whose cells are emptied before. */
function promptPlan(rows: number): Int32Array {
  const cells = Array.from({ length: rows }, (_, i) => {
    const mark = i + 1 < rows ? rowMark.noSampler : rowMark.unsampled;
    return [5 + i, i, 0, mark];
  });
  return Int32Array.from([1, 0, rows, 0, 0, 0, ...cells.flat()]);
}

describe("with as many compute threads as cores", { skip: cores < 2 && "a single core" }, () => {
  /** Of both pools. */
  const workers = 2 * (cores - 1);

  /** The core that all compute threads but the engine's keep off. */
  function freeCore(): number {
    const [others = [], ...rest] = computeThreads();
    assert.equal(others.length, cores - 1);
    assert.deepEqual(rest, threadsOn(workers - 1, others), "the same for all");
    return listOf(allCores).find((core) => !others.includes(core)) ?? -1;
  }

  it("keeps them off the engine's core, and the engine on it while it computes", async () => {
    stepper = await Stepper.open(cores);
    assert.deepEqual(computeThreads(), threadsOn(workers, listOf(allCores)), "before the first graph");
    const seen = new Set<string>();
    await stepper.during(() => {
      const startedMs = performance.now();
      while (performance.now() - startedMs < 200)
        seen.add(JSON.stringify([listOf(coresOf(stepper.thread)), computeThreads()]));
    });
    const seats = listOf(allCores).map((core) => {
      const others = listOf(allCores).filter((other) => other !== core);
      return JSON.stringify([[core], threadsOn(workers, others)]);
    });
    assert.ok(
      seats.some((both) => seen.has(both)),
      [...seen].join(" "),
    );
    assert.equal(coresOf(stepper.thread), allCores, "free afterwards");
  });

  it("follows with the next graph what the process is told amid one", async () => {
    stepper = await Stepper.open(cores);
    for (const core of listOf(allCores)) {
      await stepper.during(() => taskset(String(core)));
      await stepper.step();
      assert.equal(coresOf(stepper.thread), String(core));
      assert.deepEqual(computeThreads(), threadsOn(workers, [core]));
      await stepper.during(() => taskset(allCores));
      await stepper.step();
      assert.equal(coresOf(stepper.thread), allCores);
      freeCore();
    }
  });

  it("follows what the process is told between two graphs", async () => {
    stepper = await Stepper.open(cores);
    await stepper.step();
    taskset(allCores);
    await stepper.step();
    freeCore();
    assert.equal(coresOf(stepper.thread), allCores);
    taskset(firstCore);
    taskset(allCores);
    await stepper.step();
    freeCore();
    assert.equal(coresOf(stepper.thread), allCores);
  });

  it("lets go of them where the main thread alone is told to be on fewer cores", async () => {
    const told = ["--cpu-list", "--pid", firstCore, ownThread];
    const tasksetMain = (): void => void execFileSync("taskset", told, { stdio: "ignore" });
    stepper = await Stepper.open(cores);
    for (const amid of [true, false]) {
      await stepper.step();
      freeCore();
      if (amid) await stepper.during(tasksetMain);
      else tasksetMain();
      await stepper.step();
      assert.deepEqual(computeThreads(), threadsOn(workers, listOf(allCores)));
      assert.equal(coresOf(stepper.thread), allCores);
      taskset(allCores);
    }
  });
});

it("leaves threads that are not as many as the cores where they are", async () => {
  stepper = await Stepper.open(cores + 1);
  await stepper.step();
  assert.deepEqual(computeThreads(), threadsOn(2 * cores, listOf(allCores)));
});

it("has as many threads as the process has cores at most, where no number is asked for", async () => {
  taskset(firstCore);
  stepper = await Stepper.open(0);
  await stepper.step();
  assert.deepEqual(computeThreads(), []);
});

it("leaves a lone thread where it is", async () => {
  stepper = await Stepper.open(1);
  await stepper.step();
  assert.deepEqual(computeThreads(), []);
  assert.equal(coresOf(stepper.thread), allCores);
});
