/** `npm run bench`: the closed loop in this process beside the limit of the bare engine loop. */
import { openVariant } from "#weir/llama/variant.js";
import type { ClosedLoopResult, ModelResult } from "./closed-loop-result.js";
import { describeMachine } from "./machine.js";
import { measureModel } from "./measure-model.js";
import { type BenchOptions, parseOptions, UsageError, usage } from "./options.js";
import { currentCommit, renewReadme, writeResult } from "./result-file.js";
import { renderResult } from "./result-table.js";
import { rigOptions, users } from "./rig.js";
import { chatLengths, type WorkloadShape, workloadSampling } from "./workload.js";

const seed = 1;

/** Above this, others take so much of the machine that the numbers say little: ggml's threads wait for each other. */
const quietLoad = 0.5;

const progress = (line: string): void => console.error(`[bench] ${line}`);

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) console.log(usage);
  else await run(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`bench: ${error.message}\n\n${usage}`);
  process.exitCode = 2;
}

async function run(options: BenchOptions): Promise<void> {
  const variant = await openVariant("auto", (level, message) => {
    if (level === "error") progress(message);
  });
  const machine = describeMachine(variant);
  if (machine.loadBefore > quietLoad) {
    progress(
      `the machine is busy (load ${machine.loadBefore.toFixed(2)}): take no number of this run for real`,
    );
  }
  const shape: WorkloadShape = { requests: options.requests, seed, ...chatLengths };
  const models: ModelResult[] = [];
  for (const rig of options.models) models.push(await measureModel(variant, rig, options, shape, progress));

  const { slots, contextTokens, batchTokens } = rigOptions("tiny", options.threads); // the same for all models
  const result: ClosedLoopResult = {
    measuredAt: new Date().toISOString(),
    commit: currentCommit(),
    machine,
    workload: { ...shape, users, slots, contextTokens, batchTokens, sampling: workloadSampling },
    models,
  };
  console.log(renderResult(result));
  if (options.isStandard) renewReadme(result);
  progress(`written to ${writeResult(options.resultsFolder, options.label, result)}`);
}
