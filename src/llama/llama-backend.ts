import type { Backend, StepResult } from "../engine/backend.js";
import { BatchPlan, rowMark } from "../engine/batch-plan.js";
import type { SamplingParameters } from "../engine/generation.js";
import { WeirError } from "../errors.js";
import type { Addon, ContextHandle, DeviceMemory, ModelHandle, NativeContextOptions } from "./addon.js";

/** The CPU backend multiplies matrices in tiles of four rows; a row more than a multiple costs a pass over all weights. */
const cpuRowMultiple = 4;

/** Where nothing is asked for: a reader of a stream does not see gaps of this length yet. */
const defaultMaxItlMs = { cpu: 150, gpu: 100 } as const;

/** Copies and rows that the warm-up times; the median counts. */
const timedCopies = 3;

/** The engine's backend on a real llama.cpp context. */
export class LlamaBackend implements Backend {
  readonly slots: number;
  readonly slotTokens: number;
  readonly batchTokens: number;
  readonly rowMultiple: number;
  readonly outputsShareCost: boolean;
  /** KV cache, weights and buffers as llama.cpp has allocated them, per buffer type. */
  readonly memory: readonly DeviceMemory[];
  readonly #context: ContextHandle;
  #copyMs = 0;

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
    const result = this.#context.step(plan.cells(), onDecoded);
    const [decodeStatus = -1, promptStatus = -1, decodeGraphs = 0, decoded = 0, prompted = 0] = result;
    const promptTokens = result.subarray(resultHeaderSize + decoded, resultHeaderSize + decoded + prompted);
    return { decodeStatus, promptStatus, decodeGraphs, promptTokens };
  }

  /**
   * Computes one row and forgets it: compiles the GPU's kernels and touches the memory before the first request. Then
   * measures what a copy of a slot takes.
   *
   * @throws WeirError `decode_failed`
   */
  warmUp(): void {
    this.#timeRow(false);
    if (this.slots === 1) return;
    const rowsMs = Array.from({ length: timedCopies }, () => this.#timeRow(false));
    const copiesMs = Array.from({ length: timedCopies }, () => this.#timeRow(true));
    this.#copyMs = Math.max(0, median(copiesMs) - median(rowsMs));
  }

  /** The logits of row `row` of the last pass; for tests that show how close the two best were. */
  logits(row: number): Float32Array {
    return this.#context.logits(row);
  }

  /** Frees the context. Nothing may be called afterwards. */
  close(): void {
    this.#context.close();
  }

  /** One row in slot 0, and a copy of that slot into the next one before it; both are empty afterwards. */
  #timeRow(withCopy: boolean): number {
    const plan = new BatchPlan();
    if (withCopy) {
      plan.copy(0, 1);
      plan.remove(1, 0);
    }
    plan.decodeRow(0, 0, 0, rowMark.padding);
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
const resultHeaderSize = 5;

/** Whether the KV cache is in the CPU's memory, and with it the layers. */
function computesOnCpu(memory: readonly DeviceMemory[]): boolean {
  return memory.every(({ device, contextBytes }) => contextBytes === 0 || device.startsWith("CPU"));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
