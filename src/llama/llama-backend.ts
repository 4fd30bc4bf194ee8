import type { Backend, StepResult } from "../engine/backend.js";
import { BatchPlan, rowMark } from "../engine/batch-plan.js";
import type { SamplingParameters } from "../engine/generation.js";
import { WeirError } from "../errors.js";
import type { Addon, ContextHandle, DeviceMemory, ModelHandle, NativeContextOptions } from "./addon.js";

/** The engine's backend on a real llama.cpp context. */
export class LlamaBackend implements Backend {
  readonly slots: number;
  readonly slotTokens: number;
  readonly batchTokens: number;
  /** KV cache, weights and buffers as llama.cpp has allocated them, per buffer type. */
  readonly memory: readonly DeviceMemory[];
  readonly #context: ContextHandle;

  /**
   * Allocates the KV cache and the compute buffers.
   *
   * @throws `context_failed` where they don't fit, `invalid_argument` for options out of range
   */
  constructor(addon: Addon, model: ModelHandle, options: NativeContextOptions) {
    this.#context = new addon.Context(model, options);
    const { slots, slotTokens, batchTokens } = this.#context.info();
    this.slots = slots;
    // llama.cpp rounds a slot up to a multiple of 256 cells; clients see the limit that was asked for.
    this.slotTokens = options.contextTokens > 0 ? Math.min(options.contextTokens, slotTokens) : slotTokens;
    this.batchTokens = batchTokens;
    this.memory = this.#context.memory();
  }

  setSampler(sampler: number, parameters: SamplingParameters, recent: Int32Array): void {
    this.#context.setSampler(sampler, parameters, recent);
  }

  clearSampler(sampler: number): void {
    this.#context.clearSampler(sampler);
  }

  step(plan: BatchPlan, onDecoded: (tokens: Int32Array) => void): StepResult {
    const result = this.#context.step(plan.cells(), onDecoded);
    const [decodeStatus = -1, promptStatus = -1, decodeGraphs = 0, decoded = 0, prompted = 0] = result;
    const promptTokens = result.subarray(resultHeaderSize + decoded, resultHeaderSize + decoded + prompted);
    return { decodeStatus, promptStatus, decodeGraphs, promptTokens };
  }

  /**
   * Computes one row and forgets it: compiles the GPU's kernels and touches the memory before the first request.
   *
   * @throws WeirError `decode_failed`
   */
  warmUp(): void {
    const plan = new BatchPlan();
    plan.decodeRow(0, 0, 0, rowMark.padding);
    const { decodeStatus } = this.step(plan, () => {});
    if (decodeStatus !== 0) {
      throw new WeirError(
        "decode_failed",
        `the model can't compute a single token: llama.cpp's status is ${decodeStatus}`,
      );
    }
  }

  /** The logits of row `row` of the last pass; for tests that show how close the two best were. */
  logits(row: number): Float32Array {
    return this.#context.logits(row);
  }

  /** Frees the context. Nothing may be called afterwards. */
  close(): void {
    this.#context.close();
  }
}

/** native/src/step.h, namespace result. */
const resultHeaderSize = 5;
