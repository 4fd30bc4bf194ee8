import os from "node:os";
import { getLlama, type LlamaContextSequence, type LlamaModel } from "node-llama-cpp";
import type { LoadOptions } from "#weir/llama/options.js";
import { openVariant } from "#weir/llama/variant.js";
import type { ClosedLoopJob } from "../load/load-job.js";
import { workloadSampling } from "../sampling.js";
import { warmUpJob } from "../warm-up.js";
import { type Generate, runInProcess } from "./in-process-run.js";
import type { LoopResult } from "./loop-result.js";

/** The closed loop through node-llama-cpp's own evaluation, a sequence for each slot: a promise a token, in JavaScript. */
export async function runNodeLlamaCppLoop(options: LoadOptions, job: ClosedLoopJob): Promise<LoopResult> {
  const { gpu } = await openVariant(options.gpu, () => {}); // the one that Weir computes with
  const llama = await getLlama({ gpu, build: "never", skipDownload: true, progressLogs: false });
  const model = await llama.loadModel({ modelPath: options.modelPath });
  const { slots, contextTokens, batchTokens, threads } = options;
  const context = await model.createContext({
    sequences: slots,
    contextSize: contextTokens,
    batchSize: batchTokens,
    // Its own default is more than there are cores: 250 ms a token on two of them, where their number takes 10.
    threads: threads || os.availableParallelism(),
  });
  const idle = Array.from({ length: slots }, () => context.getSequence());
  const generate = generator(model, idle);
  await runInProcess(generate, warmUpJob(slots));
  const run = await runInProcess(generate, job);
  await context.dispose();
  await model.dispose();
  return { run, counters: {} };
}

/** Takes an idle sequence for each request: there are as many as users, or requests wait as in a server. */
function generator(model: LlamaModel, idle: LlamaContextSequence[]): Generate {
  const waiting: ((sequence: LlamaContextSequence) => void)[] = [];
  const take = (): Promise<LlamaContextSequence> => {
    const sequence = idle.pop();
    return sequence === undefined
      ? new Promise((resolve) => waiting.push(resolve))
      : Promise.resolve(sequence);
  };
  const giveBack = (sequence: LlamaContextSequence): void => {
    const next = waiting.shift();
    if (next === undefined) idle.push(sequence);
    else next(sequence);
  };
  return async ({ prompt, maxTokens, seed }, onText) => {
    const sequence = await take();
    await sequence.clearHistory();
    const { temperature, topK, topP } = workloadSampling;
    let completionTokens = 0;
    const tokens = model.tokenize(prompt);
    const sampling = { temperature, topK, topP, minP: 0, seed };
    for await (const _ of sequence.evaluate(tokens, { ...sampling, yieldEogToken: true })) {
      onText();
      if (++completionTokens === maxTokens) break;
    }
    giveBack(sequence);
    return { cachedTokens: 0, completionTokens };
  };
}
