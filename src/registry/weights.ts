import path from "node:path";
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
 * @throws a native error: `model_load_failed`, `model_load_aborted`
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
  return loading.promise.finally(() => signal?.removeEventListener("abort", abort));
}

/** The name that clients use. */
export function modelName({ alias, modelPath }: Pick<LoadOptions, "alias" | "modelPath">): string {
  return alias ?? path.basename(modelPath).replace(/\.gguf$/i, "");
}
