/**
 * Loads a model, forbids its process more than 2 GiB of address space beyond what it has, makes a context that is too large and one
 * that is not, and says on stdout how each went. Run by out-of-memory.test.ts.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { modelPaths } from "../support/models.js";
import { contextOptions, cpuAddon, placement } from "./addon.js";

const { addon } = await cpuAddon();
const model = await addon.loadModel(modelPaths.small, placement, () => {}).promise;
const [, sizeKiB] = /VmSize:\s+(\d+) kB/.exec(fs.readFileSync("/proc/self/status", "utf8")) ?? [];
const limit = Number(sizeKiB) * 1024 + 2 ** 31;
const { status } = spawnSync("prlimit", ["--pid", String(process.pid), `--as=${limit}`]);
const ends: string[] = [];
for (const slots of [256, 2]) {
  try {
    new addon.Context(model, contextOptions({ slots, contextTokens: 8192, batchTokens: 512 })).close();
    ends.push("made");
  } catch (error) {
    ends.push(error instanceof Error && "code" in error ? String(error.code) : String(error));
  }
}
model.close();
console.log(JSON.stringify({ status, ends, alive: addon.alive() }));
