import { fileURLToPath } from "node:url";
import { checkGguf } from "../gguf/check-gguf.js";
import type { MemoryEstimate } from "../llama/addon.js";
import { type LoadOptions, toEmbeddingOptions } from "../llama/options.js";
import type { Variant } from "../llama/variant.js";
import type { PlanThreadData } from "./plan-thread.js";
import { startWorker } from "./worker-start.js";

const threadFile = fileURLToPath(new URL("./plan-thread.js", import.meta.url));

/**
 * What a file would take with these options, and what kind of model it is. Loads no weights.
 *
 * @throws WeirError `model_load_failed`, `invalid_argument`: the file can't be read, or an option does not fit it
 */
export async function planMemory(variant: Variant, options: LoadOptions): Promise<MemoryEstimate> {
  // llama.cpp aborts the process on some broken files.
  await checkGguf(options.modelPath);
  const data: PlanThreadData = {
    variant: variant.name,
    modelPath: options.modelPath,
    options: { ...options, ...toEmbeddingOptions(options), cpuOnly: variant.cpuOnly },
  };
  const { worker, facts } = await startWorker<MemoryEstimate>(threadFile, data);
  await worker.terminate();
  return facts;
}
