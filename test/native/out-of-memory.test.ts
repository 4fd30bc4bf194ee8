import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { modelPaths, projectDirectory } from "../support/models.js";

/** Of address space, KiB: Node.js with its thread stacks and the model has room in it, 32 GiB of KV cache have not. */
const limitKiB = 24 * 2 ** 20;

/** Makes a context that is too large, then one that is not, and says how each went. */
const program = `
const { contextOptions, cpuAddon, placement } = await import(process.env.ADDON);
const { addon } = await cpuAddon();
const model = await addon.loadModel(process.env.MODEL, placement, () => {}).promise;
const ends = [];
for (const slots of [256, 2]) {
  try {
    new addon.Context(model, contextOptions({ slots, contextTokens: 16384, batchTokens: 512 })).close();
    ends.push("made");
  } catch (error) {
    ends.push(error.code);
  }
}
model.close();
console.log(JSON.stringify({ ends, alive: addon.alive() }));
`;

test("a context whose memory the system does not give is refused, and the process goes on", () => {
  const { stdout, stderr, status } = spawnSync(
    "bash",
    ["-c", `ulimit -v ${limitKiB}; exec "$0" --input-type=module -e "$PROGRAM"`, process.execPath],
    {
      cwd: projectDirectory,
      encoding: "utf8",
      env: {
        ...process.env,
        PROGRAM: program,
        MODEL: modelPaths.small,
        ADDON: pathToFileURL(`${projectDirectory}/build/js/test/native/addon.js`).href,
      },
    },
  );
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    ends: ["context_failed", "made"],
    alive: { models: 0, contexts: 0 },
  });
});
