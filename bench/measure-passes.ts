/**
 * What a pass takes on a bare context, by its rows: decode passes whose rows all have logits, and prompts of one slot
 * without. Two contexts on one model in turn: Weir's own products of Q8_0 matrices, and ggml's.
 *
 *   node build/js/bench/measure-passes.js [rig] [rounds] [rows,…]
 *
 * A figure is the median of the rounds.
 */
import { setTimeout as later } from "node:timers/promises";
import { BatchPlan, rowMark } from "#weir/engine/batch-plan.js";
import type { ContextHandle } from "#weir/llama/addon.js";
import { openVariant } from "#weir/llama/variant.js";
import { median } from "./metrics/percentile.js";
import { markdownTable } from "./report/markdown-table.js";
import { formatNumber } from "./report/number-format.js";
import { type RigName, rigNames } from "./rig.js";
import { weirOptions } from "./server-setup.js";

const rig = rigNames.find((name) => name === (process.argv[2] ?? "small"));
const rounds = Number(process.argv[3] ?? 15);
if (!(rounds >= 1)) throw new Error("the rounds are a number, 1 or more");
if (rig === undefined) throw new Error(`no rig of that name; there are ${rigNames.join(", ")}`);

const decodeRows = (process.argv[4] ?? "1,2,4,8,20,32,60,128").split(",").map(Number);
const promptRows = [64, 512];
/** Tokens of each slot before a pass: as an answer has in the middle of the closed loop. */
const cachedTokens = 160;
/** Any ordinary token. */
const token = 1000;
/** Longer than a thread looks out for the next graph before it sleeps. */
const spinMs = 200;
const slots = Math.max(...decodeRows);

interface Pass {
  readonly name: string;
  readonly plan: Int32Array;
  readonly ms: { readonly ours: number[]; readonly ggml: number[] };
}

function decodePass(rows: number): Int32Array {
  const plan = new BatchPlan();
  for (let slot = 0; slot < rows; slot++) plan.remove(slot, cachedTokens);
  for (let slot = 0; slot < rows; slot++) plan.decodeRow(token, cachedTokens, slot, rowMark.unsampled);
  return plan.cells().slice();
}

function promptPass(slot: number, rows: number): Int32Array {
  const plan = new BatchPlan();
  plan.remove(slot, 0);
  for (let position = 0; position < rows; position++)
    plan.promptRow(token, position, slot, rowMark.noSampler);
  return plan.cells().slice();
}

async function measure(of: RigName): Promise<Pass[]> {
  const options = weirOptions({ rig: of, slots, contextTokens: 1024, threads: 0 });
  const variant = await openVariant(options.gpu, () => {});
  const placement = { ...options, cpuOnly: variant.cpuOnly };
  const model = await variant.addon.loadModel(options.modelPath, placement, () => {}).promise;
  const open = (q8Products: boolean): ContextHandle =>
    new variant.addon.Context(model, {
      ...{ ...placement, samplerThreads: 1, fastSampling: true, logitsInPlace: true },
      ...{ q8Products, countGraphs: false },
    });
  const contexts = { ours: open(true), ggml: open(false) };
  const passes: Pass[] = [
    ...decodeRows.map((rows) => ({ name: `decode, ${rows} rows`, plan: decodePass(rows), ms: times() })),
    ...promptRows.map((rows) => ({ name: `prompt, ${rows} rows`, plan: promptPass(0, rows), ms: times() })),
  ];
  try {
    for (const context of Object.values(contexts))
      for (let slot = 0; slot < slots; slot++) run(context, promptPass(slot, cachedTokens));
    for (const { plan, ms } of passes) {
      for (let round = 0; round < rounds; round++) {
        ms.ours.push(await runWarm(contexts.ours, plan));
        ms.ggml.push(await runWarm(contexts.ggml, plan));
      }
    }
    if (contexts.ours.info().q8Products === 0)
      process.stderr.write(
        "both are ggml's: no weights are Q8_0, or the processor has no AVX-512 VNNI, or AMX\n",
      );
  } finally {
    for (const context of Object.values(contexts)) context.close();
    model.close();
  }
  return passes;
}

function times(): Pass["ms"] {
  return { ours: [], ggml: [] };
}

/** The pass of a context whose threads are awake, while those of the other one, which spin after a graph, sleep again. */
async function runWarm(context: ContextHandle, plan: Int32Array): Promise<number> {
  await later(spinMs);
  run(context, plan);
  return run(context, plan);
}

/** @returns ms */
function run(context: ContextHandle, plan: Int32Array): number {
  const startedMs = performance.now();
  const [decodeStatus, promptStatus] = context.step(plan, () => {});
  if (decodeStatus !== 0 || promptStatus !== 0) throw new Error("a pass failed");
  return performance.now() - startedMs;
}

const rows = (await measure(rig)).map(({ name, ms }) => {
  const [ours, ggml] = [median(ms.ours), median(ms.ggml)];
  return [name, formatNumber(ours, 2), formatNumber(ggml, 2), formatNumber(ggml / ours, 2)];
});
process.stdout.write(
  `${rig}, ${rounds} rounds, ms\n\n${markdownTable(["pass", "Weir's products", "ggml's", "ratio"], rows)}\n`,
);
