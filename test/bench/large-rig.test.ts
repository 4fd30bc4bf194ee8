import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { qwen3Shape32B, writeRandomModel } from "#weir/builder/index.js";
import { openVariant } from "#weir/llama/variant.js";
import { NoRoom, qwenVocabulary, requireRoom } from "../../bench/large-rig.js";
import { runWeirLoop } from "../../bench/loops/weir-loop.js";
import { weirOptions } from "../../bench/server-setup.js";
import { makeWorkload } from "../../bench/workload.js";
import { temporaryFolder } from "../builder/temporary-folder.js";

/** The large shape's proportions with fewer and narrower layers. */
const narrow = { layers: 1, embedding: 256, heads: 8, kvHeads: 1, headDim: 32, feedForward: 512 };

for (const weights of ["q4_k", "q8_0"] as const) {
  test(`llama.cpp loads and runs a model of the large rigs' ${weights} weights`, async (context) => {
    const file = path.join(await temporaryFolder(context), "narrow.gguf");
    await writeRandomModel(file, await qwenVocabulary(), { ...qwen3Shape32B(weights), ...narrow });
    await openVariant("false", () => {});
    const options = weirOptions({ rig: "tiny", slots: 2, contextTokens: 256, threads: 1 });
    const lengths = { promptTokens: { least: 4, most: 4 }, answerTokens: { least: 8, most: 8 } };
    const requests = makeWorkload({ requests: 3, seed: 1, ...lengths }, 0);
    const job = { kind: "closed-loop", users: 2, requests, durationMs: null } as const;
    const { run } = await runWeirLoop({ ...options, modelPath: file }, job);
    assert.deepEqual(
      run.answers.map(({ completionTokens }) => completionTokens),
      [8, 8, 8],
    );
  });
}

test("a model that the disk has no room for is refused with the numbers", async (context) => {
  const file = path.join(await temporaryFolder(context), "huge.gguf");
  assert.throws(() => requireRoom(file, 1e18), NoRoom);
});
