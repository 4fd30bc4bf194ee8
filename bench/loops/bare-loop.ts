import type { LoadOptions } from "#weir/llama/options.js";
import { openVariant, type Variant } from "#weir/llama/variant.js";
import type { ClosedLoopJob } from "../load/load-job.js";
import { median } from "../metrics/percentile.js";
import { countTokens, type RequestLengths, type TokenCounts } from "../workload.js";
import { BareContext } from "./bare-context.js";
import { textOf } from "./in-process-run.js";
import { type LoopResult, sumOnly } from "./loop-result.js";
import { type TypicalLoad, typicalLoad } from "./typical-load.js";

const decodeSteps = 40;
const warmUpSteps = 3;

/** The rates of full passes: nothing between them, nothing sampled. */
export interface BareMeasurement {
  readonly prefillTokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
  readonly decodeMs: number;
  /** A decode pass without outputs, for which llama.cpp skips the output matrix: no answer could come of it. */
  readonly decodeWithoutOutputsMs: number;
}

/** The bare engine loop on the workload's lengths. */
export class BareLoop {
  readonly #context: BareContext;
  readonly #load: TypicalLoad;

  /** @param modelId of a loaded model, whose weights it shares */
  constructor(variant: Variant, modelId: number, options: LoadOptions, requests: readonly RequestLengths[]) {
    const model = variant.addon.attachModel(modelId);
    this.#load = typicalLoad(requests, options.slots, options.batchTokens);
    const native = {
      ...options,
      samplerThreads: 1,
      fastSampling: true,
      logitsInPlace: true,
      q8Products: true,
      countGraphs: false,
    };
    this.#context = new BareContext(variant.addon, model, native, this.#load);
    model.close(); // the context holds it
    this.#context.fill();
    for (let step = 0; step < warmUpSteps; step++) this.#context.decode(true);
  }

  measure(): BareMeasurement {
    const { slotTokens, promptsPerPass, rowsPerPrompt } = this.#load;
    const prefillMs = median(this.#context.fill());
    const decodesMs: number[] = [];
    const withoutOutputsMs: number[] = [];
    for (let step = 0; step < decodeSteps; step++) {
      decodesMs.push(this.#context.decode(true));
      withoutOutputsMs.push(this.#context.decode(false));
    }
    const decodeMs = median(decodesMs);
    return {
      prefillTokensPerSecond: (promptsPerPass * rowsPerPrompt * 1000) / prefillMs,
      decodeTokensPerSecond: (slotTokens.length * 1000) / decodeMs,
      decodeMs,
      decodeWithoutOutputsMs: median(withoutOutputsMs),
    };
  }

  close(): void {
    this.#context.close();
  }
}

/** The workload's tokens at the bare loop's rates: no answers, only how long all of them would take. */
export async function runBareLoop(options: LoadOptions, job: ClosedLoopJob): Promise<LoopResult> {
  const variant = await openVariant(options.gpu, () => {});
  const placement = { ...options, cpuOnly: variant.cpuOnly };
  const model = await variant.addon.loadModel(options.modelPath, placement, () => {}).promise;
  const requests = job.requests.map(textOf);
  const loop = new BareLoop(variant, model.info().id, options, requests);
  try {
    const measured = loop.measure();
    const tokens = countTokens(requests);
    const wallMs = (tokens.answer / limitTokensPerSecond(tokens, measured)) * 1000;
    return { run: sumOnly(tokens, wallMs), counters: { ...measured } };
  } finally {
    loop.close();
    model.close();
  }
}

/** Answer tokens a second where all of a workload's tokens run at these rates. */
export function limitTokensPerSecond(
  tokens: TokenCounts,
  rates: Pick<BareMeasurement, "prefillTokensPerSecond" | "decodeTokensPerSecond">,
): number {
  const seconds = tokens.prompt / rates.prefillTokensPerSecond + tokens.answer / rates.decodeTokensPerSecond;
  return tokens.answer / seconds;
}
