import type { Backend, StepResult } from "../engine/backend.js";
import { BatchPlan, rowMark } from "../engine/batch-plan.js";
import type { SamplingParameters } from "../engine/generation.js";
import { WeirError } from "../errors.js";
import type { Addon, ContextHandle, DeviceMemory, ModelHandle, NativeContextOptions } from "./addon.js";

/** The CPU backend multiplies matrices in tiles of four rows; a row more than a multiple costs a pass over all weights. */
const cpuRowMultiple = 4;

/** Where nothing is asked for: a reader of a stream does not see gaps of this length yet. */
const defaultMaxItlMs = { cpu: 150, gpu: 100 } as const;

/** How often the warm-up times a thing; the median counts. */
const timedRepeats = 5;

/** The engine's backend on a real llama.cpp context. */
export class LlamaBackend implements Backend {
  readonly slots: number;
  readonly slotTokens: number;
  readonly batchTokens: number;
  readonly rowMultiple: number;
  readonly outputsShareCost: boolean;
  readonly canSaveSlots: boolean;
  /** KV cache, weights and buffers as llama.cpp has allocated them, per buffer type. */
  readonly memory: readonly DeviceMemory[];
  readonly #context: ContextHandle;
  #copyMs = 0;

  /**
   * Allocates the KV cache and the compute buffers.
   *
   * @throws `context_failed` where they don't fit, `model_unsupported`, `invalid_argument` for options out of range
   */
  constructor(addon: Addon, model: ModelHandle, options: NativeContextOptions) {
    this.#context = new addon.Context(model, options);
    const { slots, slotTokens, batchTokens, canSaveSlots } = this.#context.info();
    this.slots = slots;
    // llama.cpp rounds a slot up to a multiple of 256 cells; clients see the limit that was asked for.
    this.slotTokens = options.contextTokens > 0 ? Math.min(options.contextTokens, slotTokens) : slotTokens;
    this.batchTokens = batchTokens;
    this.canSaveSlots = canSaveSlots;
    this.memory = this.#context.memory();
    this.outputsShareCost = computesOnCpu(this.memory);
    this.rowMultiple = this.outputsShareCost ? cpuRowMultiple : 1;
  }

  get defaultMaxItlMs(): number {
    return this.outputsShareCost ? defaultMaxItlMs.cpu : defaultMaxItlMs.gpu;
  }

  get copyMs(): number {
    return this.#copyMs;
  }

  setSampler(sampler: number, parameters: SamplingParameters, recent: Int32Array): void {
    this.#context.setSampler(sampler, parameters, recent);
  }

  clearSampler(sampler: number): void {
    this.#context.clearSampler(sampler);
  }

  logprobs(sampler: number): Float64Array {
    return this.#context.logprobs(sampler);
  }

  takeScores(sampler: number): Float64Array {
    return this.#context.takeScores(sampler);
  }

  slotBytes(slot: number): number {
    return this.#context.slotBytes(slot);
  }

  saveSlot(slot: number, key: number): number {
    return this.#context.saveSlot(slot, key);
  }

  dropSaved(key: number): void {
    this.#context.dropSaved(key);
  }

  step(plan: BatchPlan, onDecoded: (tokens: Int32Array) => void): StepResult {
    const result = this.#context.step(plan.cells(), (tokens) => {
      onDecoded(tokens);
      return plan.promptRows > 0;
    });
    const [
      decodeStatus = -1,
      promptStatus = -1,
      decodeGraphs = 0,
      decoded = 0,
      prompted = 0,
      promptGraphs = 0,
    ] = result;
    const promptTokens = result.subarray(resultHeaderSize + decoded, resultHeaderSize + decoded + prompted);
    return { decodeStatus, promptStatus, decodeGraphs, promptGraphs, promptTokens };
  }

  /**
   * Computes one row and forgets it: compiles the GPU's kernels and touches the memory before the first request. Then
   * measures what a copy of a slot takes, and whether a lone row is better off with a core left to the other threads.
   *
   * @throws WeirError `decode_failed`
   */
  warmUp(): void {
    this.#timeRow(false);
    const rowMs = this.#medianRowMs(false);
    if (this.slots > 1) this.#copyMs = Math.max(0, this.#medianRowMs(true) - rowMs);
    const { threads } = this.#context.info();
    if (threads === 1) return;
    this.#context.setSingleRowThreads(threads - 1);
    if (this.#medianRowMs(false) > rowMs) this.#context.setSingleRowThreads(threads);
  }

  /** The logits of row `row` of the last pass; for tests that show how close the two best were. */
  logits(row: number): Float32Array {
    return this.#context.logits(row);
  }

  /** Frees the context. Nothing may be called afterwards. */
  close(): void {
    this.#context.close();
  }

  #medianRowMs(withCopy: boolean): number {
    const sorted = Array.from({ length: timedRepeats }, () => this.#timeRow(withCopy)).sort((a, b) => a - b);
    return sorted[Math.floor(timedRepeats / 2)] ?? 0;
  }

  /** One row in slot 0, and a copy of that slot into the next one before it; both are empty afterwards. */
  #timeRow(withCopy: boolean): number {
    const plan = new BatchPlan();
    if (withCopy) {
      plan.copy(0, 1);
      plan.remove(1, 0);
    }
    plan.decodeRow(0, 0, 0, rowMark.paddingOutput);
    const startedMs = performance.now();
    const { decodeStatus } = this.step(plan, () => {});
    if (decodeStatus !== 0) {
      throw new WeirError(
        "decode_failed",
        `the model can't compute a single token: llama.cpp's status is ${decodeStatus}`,
      );
    }
    return performance.now() - startedMs;
  }
}

/** native/src/step.h, namespace result. */
const resultHeaderSize = 6;

/** Whether the KV cache is in the CPU's memory, and with it the layers. */
function computesOnCpu(memory: readonly DeviceMemory[]): boolean {
  return memory.every(({ device, contextBytes }) => contextBytes === 0 || device.startsWith("CPU"));
}
