import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { BatchPlan, rowMark } from "#weir/engine/batch-plan.js";
import { plansBefore, readPlanLog } from "../../bench/loops/plan-log.js";
import { runReplay } from "../../bench/loops/replay-loop.js";
import { unsampled } from "../../bench/loops/unsampled-plan.js";
import { weirOptions } from "../../bench/server-setup.js";
import { makeWorkload } from "../../bench/workload.js";
import { temporaryFolder } from "../builder/temporary-folder.js";

/** Two steps of one sequence: its prompt, then a token of its answer. */
function twoPlans(): Int32Array[] {
  const prompt = new BatchPlan();
  prompt.remove(0, 0);
  prompt.promptRow(1000, 0, 0, rowMark.noSampler);
  prompt.promptRow(1001, 1, 0, 0);
  const decode = new BatchPlan();
  decode.decodeRow(1002, 2, 0, 0);
  return [prompt.cells(), decode.cells()];
}

async function logOf(context: Parameters<typeof temporaryFolder>[0], plans: readonly Int32Array[]) {
  const file = path.join(await temporaryFolder(context), "plans.bin");
  for (const plan of plans) {
    const cells = Int32Array.of(plan.length, ...plan);
    fs.appendFileSync(file, new Uint8Array(cells.buffer));
  }
  return file;
}

test("a log is read as the plans that were written", async (context) => {
  const plans = twoPlans();
  const read = readPlanLog(await logOf(context, plans));
  assert.deepEqual(
    read.map((plan) => [...plan]),
    plans.map((plan) => [...plan]),
  );
});

test("a log that ends within a plan is refused", async (context) => {
  const file = await logOf(context, twoPlans());
  fs.truncateSync(file, fs.statSync(file).size - 4);
  assert.throws(() => readPlanLog(file), /ends within a plan/);
});

test("the plans before a byte are those that end there", () => {
  const [first, second] = [new Int32Array(4), new Int32Array(6)];
  assert.deepEqual(
    [0, 20].map((byte) => plansBefore([first, second], byte)),
    [0, 1],
  );
});

test("an unsampled plan asks for the logits of the rows that were sampled", () => {
  const marks = twoPlans().map((plan) => unsampled(plan).at(-1));
  assert.deepEqual(marks, [rowMark.unsampled, rowMark.unsampled]);
});

test("rows that nothing came of stay as they were", () => {
  const [prompt = new Int32Array()] = twoPlans();
  assert.equal(unsampled(prompt).at(-5), rowMark.noSampler);
});

for (const samples of [true, false]) {
  test(`plans run again on a bare context, ${samples ? "sampled" : "unsampled"}`, async (context) => {
    const plans = twoPlans();
    const file = await logOf(context, plans);
    const options = weirOptions({ rig: "tiny", slots: 2, contextTokens: 256, threads: 1 });
    const lengths = { promptTokens: { least: 2, most: 2 }, answerTokens: { least: 2, most: 2 } };
    const requests = makeWorkload({ requests: 1, seed: 1, ...lengths }, 0);
    const job = { kind: "closed-loop", users: 1, requests, durationMs: null } as const;
    const jobStartsAtByte = (1 + (plans[0]?.length ?? 0)) * 4;
    const { run, counters } = await runReplay(options, job, { file, jobStartsAtByte }, samples);
    assert.deepEqual([counters["steps"], run.answers[0]?.completionTokens], [1, 2]);
  });
}
