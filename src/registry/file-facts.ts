import path from "node:path";
import type { MemoryEstimate } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";
import type { ServedFacts } from "./served-model.js";

/** What is known of a model by its file, before anything of it is loaded. */
export function factsOfFile(
  { pooling, contextTokens, vocabularySize, modelBytes, parameters, width }: MemoryEstimate,
  { modelPath, slots, sampling = null }: LoadOptions,
  llamaCppRelease: string,
): ServedFacts {
  const pooled = pooling === "rank" ? "rerank" : "embedding";
  return {
    kind: pooling === "none" ? "generation" : pooled,
    fileName: path.basename(modelPath),
    llamaCppRelease,
    createdAtSeconds: Math.floor(Date.now() / 1000),
    ...{ contextTokens, vocabularySize, modelBytes, parameters, width, sampling },
    slots: pooling === "none" ? slots : 0,
    memory: [],
  };
}
