import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { modelPaths, projectDirectory } from "../support/models.js";

/**
 * Loads a model, forbids its process more than 2 GiB of address space beyond what it has, makes a context that is too large and one
 * that is not, and says how each went.
 */
const program = `
const { spawnSync } = await import("node:child_process");
const fs = await import("node:fs");
const { contextOptions, cpuAddon, placement } = await import(process.env.ADDON);
const { addon } = await cpuAddon();
const model = await addon.loadModel(process.env.MODEL, placement, () => {}).promise;
const [, kib] = /VmSize:\\s+(\\d+) kB/.exec(fs.readFileSync("/proc/self/status", "utf8"));
spawnSync("prlimit", ["--pid", process.pid, "--as=" + (Number(kib) * 1024 + 2 ** 31)]);
const ends = [];
for (const slots of [256, 2]) {
  try {
    new addon.Context(model, contextOptions({ slots, contextTokens: 8192, batchTokens: 512 })).close();
    ends.push("made");
  } catch (error) {
    ends.push(error.code);
  }
}
model.close();
console.log(JSON.stringify({ ends, alive: addon.alive() }));
`;

test("a context whose memory the system does not give is refused, and the process goes on", () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd: projectDirectory,
    encoding: "utf8",
    env: {
      ...process.env,
      MODEL: modelPaths.small,
      ADDON: pathToFileURL(`${projectDirectory}/build/js/test/native/addon.js`).href,
    },
  });
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    ends: ["context_failed", "made"],
    alive: { models: 0, contexts: 0 },
  });
});
