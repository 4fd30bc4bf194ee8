import type { LoadOptions } from "#weir/llama/options.js";
import { modelPaths } from "./models.js";

/** Options for a small context on the CPU. One compute thread: with more, ggml's spin barriers make a busy machine crawl. */
export function loadOptions(changes: Partial<LoadOptions> = {}): LoadOptions {
  return {
    modelPath: modelPaths.echo,
    alias: null,
    gpu: "false",
    placement: "split",
    gpuLayers: -1,
    splitMode: "layer",
    tensorSplit: [],
    mainGpu: 0,
    devices: [],
    slots: 8,
    contextTokens: 2048,
    batchTokens: 512,
    microBatchTokens: 512,
    threads: 1,
    poll: 0,
    maxItlMs: 0,
    cacheRamBytes: 0,
    flashAttention: "auto",
    cacheTypeK: "f16",
    cacheTypeV: "f16",
    ...changes,
  };
}
