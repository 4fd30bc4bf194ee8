import type { LoadOptions } from "#weir/llama/options.js";
import { openVariant } from "#weir/llama/variant.js";
import { ModelInstance } from "#weir/registry/model-instance.js";
import type { ClosedLoopJob, TextRequest } from "../load/load-job.js";
import { growth } from "../measurement.js";
import { workloadSampling } from "../sampling.js";
import { warmUpJob } from "../warm-up.js";
import { type Generate, runInProcess, textOf } from "./in-process-run.js";
import type { LoopResult } from "./loop-result.js";

/** The closed loop through Weir's engine in this process: everything but HTTP and the prompt pool. */
export async function runWeirLoop(options: LoadOptions, job: ClosedLoopJob): Promise<LoopResult> {
  const variant = await openVariant(options.gpu, () => {});
  const model = await ModelInstance.load(variant, options);
  try {
    const warmUp = warmUpJob(options.slots);
    await runInProcess(await generator(model, warmUp), warmUp);
    const generate = await generator(model, job);
    const before = { ...(await model.stats()) };
    const run = await runInProcess(generate, job);
    return { run, counters: growth(before, { ...(await model.stats()) }) };
  } finally {
    await model.close();
  }
}

/** With the prompts tokenized beforehand, since that is not the engine's work. */
async function generator(model: ModelInstance, { requests }: ClosedLoopJob): Promise<Generate> {
  const tokens = new Map<TextRequest, Int32Array>();
  for (const request of requests.map(textOf)) {
    const prepared = await model.preparePrompt({
      kind: "text",
      suffix: "",
      echo: "none",
      content: null,
      text: request.prompt,
    });
    tokens.set(request, prepared.tokens);
  }
  return (request, onText) =>
    new Promise((resolve, reject) => {
      const promptTokens = tokens.get(request) ?? new Int32Array();
      const { maxTokens, seed } = request;
      const sampling = { ...workloadSampling, seed };
      const generation = {
        promptTokens,
        maxTokens,
        sampling,
        stopStrings: [],
        tenant: "",
        conversation: "",
        reportsProgress: false,
      };
      model.generate(generation, {
        onText,
        onFinish: ({ finishReason, failure, cachedTokens, completionTokens }) => {
          if (completionTokens === maxTokens) resolve({ cachedTokens, completionTokens });
          else reject(new Error(`an answer ended with ${finishReason}: ${failure?.message ?? "too short"}`));
        },
      });
    });
}
