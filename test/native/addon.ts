import { type Addon, type ContextHandle, loadAddon, type NativeContextOptions } from "#weir/llama/addon.js";
import type { EmbeddingOptions } from "#weir/llama/options.js";
import { openVariant } from "#weir/llama/variant.js";
import { loadOptions } from "../support/load-options.js";
import { modelPaths } from "../support/models.js";

/** The CPU variant, opened in this process. */
export async function cpuAddon(): Promise<{ addon: Addon; variant: string; log: string[] }> {
  const log: string[] = [];
  const { addon, name } = await openVariant(
    "false",
    (level, message) => void log.push(`${level} ${message}`),
  );
  return { addon, variant: name, log };
}

export const placement = { ...loadOptions(), cpuOnly: false };

export function contextOptions(changes: Partial<NativeContextOptions> = {}): NativeContextOptions {
  return {
    ...loadOptions(),
    slots: 2,
    contextTokens: 256,
    samplerThreads: 2,
    fastSampling: true,
    logitsInPlace: true,
    q8Products: true,
    countGraphs: false,
    ...changes,
  };
}

export function embeddingOptions(changes: Partial<EmbeddingOptions> = {}): EmbeddingOptions {
  const { threads, flashAttention, cacheTypeK, cacheTypeV } = loadOptions();
  return {
    ...{ threads, flashAttention, cacheTypeK, cacheTypeV },
    ...{ contextTokens: 512, batchTokens: 512, microBatchTokens: 512, sequences: 64, skipLogits: true },
    ...changes,
  };
}

export function loadTiny(addon: Addon): Promise<ReturnType<Addon["attachModel"]>> {
  return addon.loadModel(modelPaths.tiny, placement, () => {}).promise;
}

/** The plan of one prompt row that is sampled, in slot 0 at position 0. */
export function oneRow({ token = 5, position = 0, slot = 0, sampler = 0 } = {}): Int32Array {
  return Int32Array.of(0, 0, 1, token, position, slot, sampler);
}

export const noDecoded = (): undefined => {};

export { type Addon, type ContextHandle, loadAddon };
