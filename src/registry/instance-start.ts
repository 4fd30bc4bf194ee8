import type { LoadOptions } from "../llama/options.js";
import type { Variant } from "../llama/variant.js";
import { EmbeddingInstance } from "./embedding-instance.js";
import type { LoadHooks } from "./loaded-instance.js";
import { ModelInstance } from "./model-instance.js";
import { loadWeights } from "./weights.js";

/** An instance of either kind, with what only its owner needs. */
export type LoadedModel = ModelInstance | EmbeddingInstance;

/**
 * Loads a file and serves it for what it says it is for.
 *
 * @throws WeirError, or a native error with one of its codes
 */
export async function startInstance(
  variant: Variant,
  options: LoadOptions,
  hooks: LoadHooks,
): Promise<LoadedModel> {
  const model = await loadWeights(variant, options, hooks);
  const generates = model.info().pooling === "none";
  return (generates ? ModelInstance : EmbeddingInstance).start(variant, model, options, hooks);
}
