/** How a model is loaded and its context made. The names of the values are llama.cpp's. */

export const gpuChoices = ["auto", "cuda", "vulkan", "false"] as const;
/** Which installed variant of llama.cpp to use; `auto` never picks a software Vulkan device, `false` is the CPU. */
export type GpuChoice = (typeof gpuChoices)[number];

export const splitModes = ["none", "layer", "row"] as const;
export type SplitMode = (typeof splitModes)[number];

export const flashAttentionModes = ["auto", "on", "off"] as const;
export type FlashAttentionMode = (typeof flashAttentionModes)[number];

export const cacheTypes = ["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl"] as const;
export type CacheType = (typeof cacheTypes)[number];

/** Values in a block of each type, and bytes of the block (ggml-common.h of llama.cpp v0.5.0). */
export const cacheTypeBlocks: Readonly<Record<CacheType, readonly [values: number, bytes: number]>> = {
  f32: [1, 4],
  f16: [1, 2],
  bf16: [1, 2],
  q8_0: [32, 34],
  q5_1: [32, 24],
  q5_0: [32, 22],
  q4_1: [32, 20],
  q4_0: [32, 18],
  iq4_nl: [32, 18],
};

export const placements = ["split", "replicate", "single"] as const;
/**
 * How models and devices go together: one model over all devices, a whole one on each, one on one device. Replicas share the
 * slots.
 */
export type Placement = (typeof placements)[number];

/** Where the weights go. */
export interface PlacementOptions {
  /** Layers on GPUs; -1 is all of them. */
  readonly gpuLayers: number;
  readonly splitMode: SplitMode;
  /** Proportions per device, in the order of the devices; empty splits by free memory. */
  readonly tensorSplit: readonly number[];
  /** Index of the device that holds everything when splitMode is `none`. */
  readonly mainGpu: number;
  /** Names of the devices to use (`Vulkan0`, `CUDA1`); empty uses all GPUs of the variant. */
  readonly devices: readonly string[];
}

/** The context: KV cache, batches, threads. */
export interface ContextOptions {
  /** KV-cache slots: sequences that run at the same time. */
  readonly slots: number;
  /** Tokens per slot; 0 takes the model's trained context, at most 8,192. */
  readonly contextTokens: number;
  /** Token budget of a step: decode rows first, prompt rows fill the rest. */
  readonly batchTokens: number;
  /** Rows that llama.cpp computes in one graph at most. */
  readonly microBatchTokens: number;
  /** Compute threads; 0 takes the number of physical cores that llama.cpp would use, at most those that the process may use. */
  readonly threads: number;
  /** ggml's polling level, 0 … 100: how long compute threads spin for the next graph before they sleep. */
  readonly poll: number;
  readonly flashAttention: FlashAttentionMode;
  readonly cacheTypeK: CacheType;
  readonly cacheTypeV: CacheType;
}

/** A context that gives a vector, or scores, for each whole text. */
export interface EmbeddingOptions
  extends Pick<
    ContextOptions,
    "contextTokens" | "microBatchTokens" | "threads" | "flashAttention" | "cacheTypeK" | "cacheTypeV"
  > {
  /** Tokens of the texts that are computed together; a longer text is computed alone. */
  readonly batchTokens: number;
  /** Texts that are computed together at most. */
  readonly sequences: number;
  /** False lets llama.cpp pool every text, with the logits of all its tokens; the vectors are the same. For tests. */
  readonly skipLogits: boolean;
}

export const poolings = ["none", "mean", "cls", "last", "rank"] as const;
/** llama.cpp's names of what makes one vector of a text's tokens; `none` is a model that generates text. */
export type Pooling = (typeof poolings)[number];

/** How the engine shares the context out. */
export interface SchedulingOptions {
  /** The gap between two tokens of an answer that other people's prompts may bring about, ms; 0 takes the backend's default. */
  readonly maxItlMs: number;
  /** Host memory for prefixes whose slots others need, in bytes; 0 keeps none. */
  readonly cacheRamBytes: number;
}

/** LLAMA_MAX_SEQ of llama.cpp v0.5.0. */
export const slotLimit = 256;
/** Tokens of a slot that may be asked for. */
export const contextLimit = 2 ** 24;

/** In place of a number of slots: as many as fit. */
export const autoSlots = -1;
/** In place of a number of tokens: as long as fits with these slots. */
export const autoContext = -1;

/** What holds for an answer where its request says nothing; what is absent is the server's own default. */
export interface SamplingDefaults {
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly presencePenalty?: number;
  readonly repetitionPenalty?: number;
}

/** How a model's authors sample. */
export interface ModelSampling {
  /** Answers that may think; null: as `plain`. */
  readonly thinking: SamplingDefaults | null;
  readonly plain: SamplingDefaults;
}

/** What is asked for. Placing makes numbers of `auto`, and one set of options for each replica (registry/placing.ts). */
export interface LoadOptions extends PlacementOptions, ContextOptions, SchedulingOptions {
  readonly placement: Placement;
  readonly modelPath: string;
  /** The name that clients use; null takes the file's name without `.gguf`. */
  readonly alias: string | null;
  readonly gpu: GpuChoice;
  /** Null, or absent: the server's own defaults. */
  readonly sampling?: ModelSampling | null;
}

/** Enough to fill a batch of 512 tokens with short sentences; llama.cpp keeps a row of the vocabulary for each. */
const textsTogether = 64;

/** The context that a model gets which gives vectors or scores. */
export function toEmbeddingOptions(options: LoadOptions): EmbeddingOptions {
  const { contextTokens, batchTokens, microBatchTokens, threads, flashAttention, cacheTypeK, cacheTypeV } =
    options;
  return {
    ...{ contextTokens, batchTokens, microBatchTokens, threads, flashAttention, cacheTypeK, cacheTypeV },
    sequences: textsTogether,
    skipLogits: true,
  };
}
