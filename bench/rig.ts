import path from "node:path";
import { type RandomModelShape, smallShape, tinyShape } from "#weir/builder/index.js";
import { projectDirectory } from "#weir/llama/addon.js";
import type { LoadOptions } from "#weir/llama/options.js";

export const rigNames = ["tiny", "small"] as const;
export type RigName = (typeof rigNames)[number];

/** Users of the closed loop. Each has a slot, so that nobody queues. */
export const users = 60;

/** Random weights under Qwen3's whole vocabulary: sampling and logits cost what they cost in production. */
export const rigShapes: Readonly<Record<RigName, RandomModelShape>> = { tiny: tinyShape, small: smallShape };

/** What both measurements load: the server's defaults, but for slots and context. */
export function rigOptions(rig: RigName, threads: number): LoadOptions {
  return {
    modelPath: path.join(projectDirectory, "build", "models", `${rig}.gguf`),
    alias: rig,
    gpu: "auto",
    gpuLayers: -1,
    splitMode: "layer",
    tensorSplit: [],
    mainGpu: 0,
    devices: [],
    slots: users,
    contextTokens: 512,
    batchTokens: 512,
    microBatchTokens: 512,
    threads,
    flashAttention: "auto",
    cacheTypeK: "f16",
    cacheTypeV: "f16",
  };
}
