import path from "node:path";
import { codeOf, messageOf, WeirError } from "../errors.js";
import { checkGguf } from "../gguf/check-gguf.js";
import type { ModelHandle } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";
import type { Variant } from "../llama/variant.js";
import type { ModelPlan } from "../placement/plan.js";

/** What may watch and end the loading. */
export interface WeightsHooks {
  /** 0 … 1, on the main thread. */
  readonly onProgress?: (fraction: number) => void;
  /** What is about to be loaded: one plan, or one a replica. */
  readonly onPlaced?: (plans: readonly ModelPlan[]) => void;
  /** Ends the loading with `model_load_aborted`. */
  readonly signal?: AbortSignal;
}

/**
 * Loads a model's weights off the main thread, once the file has been checked.
 *
 * @throws WeirError `context_failed` where there is no memory for them, or a native error: `model_load_failed`, `model_load_aborted`
 */
export async function loadWeights(
  variant: Variant,
  options: LoadOptions,
  { onProgress = () => {}, signal }: WeightsHooks,
): Promise<ModelHandle> {
  // llama.cpp aborts the process on some broken files.
  await checkGguf(options.modelPath);
  const placement = { ...options, cpuOnly: variant.cpuOnly };
  const loading = variant.addon.loadModel(options.modelPath, placement, onProgress);
  const abort = (): void => loading.abort();
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    return await loading.promise;
  } catch (thrown) {
    if (isLackOfMemory(thrown)) throw new WeirError("context_failed", messageOf(thrown), { cause: thrown });
    throw thrown;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** llama-model.cpp's words where a device does not give the memory for the weights ("unable to allocate CUDA0 buffer"), and C++'s. */
export function isLackOfMemory(thrown: unknown): boolean {
  const words = /unable to allocate .*buffer|failed to allocate .*buffer|out of memory|bad_alloc/i;
  return codeOf(thrown) === "model_load_failed" && words.test(messageOf(thrown));
}

/** The name that clients use. */
export function modelName({ alias, modelPath }: Pick<LoadOptions, "alias" | "modelPath">): string {
  return alias ?? path.basename(modelPath).replace(/\.gguf$/i, "");
}
