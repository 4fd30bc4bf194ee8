import path from "node:path";
import { fileURLToPath } from "node:url";
import type { LoadOptions } from "../llama/options.js";
import type { Config } from "./schema.js";

/** What a fresh clone serves; `npm start` and `npm run build` make it. */
export const echoModelPath = fileURLToPath(new URL("../../models/echo-q4_0.gguf", import.meta.url));

const defaultMicroBatchTokens = 512;

/** The part of the configuration that says how a model is loaded, in the loader's words. */
export function toLoadOptions(config: Config): LoadOptions {
  return {
    modelPath: config.model === null ? echoModelPath : path.resolve(config.model),
    alias: config.alias[0] ?? null,
    gpu: config.gpu,
    gpuLayers: config.nGpuLayers,
    placement: config.placement,
    // llama-server's flag for the same.
    splitMode: config.placement === "single" ? "none" : config.splitMode,
    tensorSplit: config.tensorSplit,
    mainGpu: config.mainGpu,
    devices: config.device,
    slots: config.parallel,
    contextTokens: config.ctxSize,
    batchTokens: config.batchSize,
    microBatchTokens: config.ubatchSize || Math.min(defaultMicroBatchTokens, config.batchSize),
    threads: config.threads,
    poll: config.poll,
    maxItlMs: config.maxItl,
    cacheRamBytes: config.cacheRam,
    flashAttention: config.flashAttn,
    cacheTypeK: config.cacheTypeK,
    cacheTypeV: config.cacheTypeV,
  };
}
