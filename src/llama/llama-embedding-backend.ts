import type { EmbeddingBackend } from "../engine/embedding.js";
import type { Addon, DeviceMemory, EmbeddingContextHandle, ModelHandle } from "./addon.js";
import type { EmbeddingOptions, Pooling } from "./options.js";

/** The embedding engine's backend on a real llama.cpp context. */
export class LlamaEmbeddingBackend implements EmbeddingBackend {
  readonly pooling: Exclude<Pooling, "none">;
  readonly width: number;
  readonly batchTokens: number;
  readonly sequences: number;
  /** Tokens of one text. */
  readonly textTokens: number;
  readonly skipsLogits: boolean;
  readonly memory: readonly DeviceMemory[];
  readonly #context: EmbeddingContextHandle;

  /**
   * @throws `context_failed` where the context does not fit, `model_unsupported` where the model can't embed, `invalid_argument` for
   * options out of range
   */
  constructor(addon: Addon, model: ModelHandle, options: EmbeddingOptions) {
    this.#context = new addon.EmbeddingContext(model, options);
    const { pooling, width, sequences, textTokens, skipsLogits } = this.#context.info();
    this.pooling = pooling;
    this.width = width;
    this.batchTokens = options.batchTokens;
    this.sequences = sequences;
    this.textTokens = textTokens;
    this.skipsLogits = skipsLogits;
    this.memory = this.#context.memory();
  }

  embed(tokens: Int32Array, ends: Int32Array): Float32Array {
    return this.#context.embed(tokens, ends);
  }

  /** Computes one token and forgets it: compiles the GPU's kernels and touches the memory before the first request. */
  warmUp(): void {
    this.embed(Int32Array.of(0), Int32Array.of(1));
  }

  /** Frees the context. Nothing may be called afterwards. */
  close(): void {
    this.#context.close();
  }
}
