import os from "node:os";
import path from "node:path";
import type { GenerationHandle, GenerationRequest, GenerationSink } from "../engine/generation.js";
import type { EngineStats, SlotStatus } from "../engine/stats.js";
import type { DeviceMemory, ModelDescription, ModelHandle, ModelInfo } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";
import type { Variant } from "../llama/variant.js";
import type { PreparedPrompt, Prompt } from "../prompt/prompt.js";
import { PromptPool } from "../prompt/prompt-pool.js";
import type { TextTask } from "../prompt/text-task.js";
import { EngineClient } from "./engine-client.js";
import type { GenerationModel } from "./served-model.js";
import { loadWeights, modelName, type WeightsHooks } from "./weights.js";

/** Sampling is memory-bound work on rows of 0.6 MB; more threads than this bring nothing. */
const maxSamplerThreads = 8;

export interface LoadHooks extends WeightsHooks {
  /** The engine thread died; the model answers nothing any more. */
  readonly onDeath?: (reason: string) => void;
  /** Something went wrong that nobody waits for: a defect, to be logged. */
  readonly onFault?: (thrown: unknown) => void;
  /** Counts graph evaluations (EngineStats.decodeGraphs); for tests and benches. */
  readonly countGraphs?: boolean;
  /** A file that every step's plan is appended to, as its length and its cells; for benches that replay it. */
  readonly planLog?: string;
}

/** A loaded model with its engine thread and its prompt pool: the one owner of all three. */
export class ModelInstance implements GenerationModel {
  readonly kind = "generation";
  /** Changes when the model is renamed. */
  id: string;
  readonly fileName: string;
  readonly llamaCppRelease: string;
  readonly createdAtSeconds = Math.floor(Date.now() / 1000);
  readonly info: ModelInfo;
  readonly #model: ModelHandle;
  readonly #engine: EngineClient;
  readonly #prompts: PromptPool;

  /**
   * Loads the weights, then starts.
   *
   * @throws WeirError or a native error with one of its codes: `model_load_failed`, `model_load_aborted`, `context_failed`
   */
  static async load(variant: Variant, options: LoadOptions, hooks: LoadHooks = {}): Promise<ModelInstance> {
    return ModelInstance.start(variant, await loadWeights(variant, options, hooks), options, hooks);
  }

  /** Makes the context in the engine thread. The model is the instance's from here on, and closed where this fails. */
  static async start(
    variant: Variant,
    model: ModelHandle,
    options: LoadOptions,
    hooks: LoadHooks = {},
  ): Promise<ModelInstance> {
    const placement = { ...options, cpuOnly: variant.cpuOnly };
    try {
      const { id, defaultContextTokens } = model.info();
      const samplerThreads = Math.min(maxSamplerThreads, os.availableParallelism());
      const countGraphs = hooks.countGraphs ?? false;
      const contextTokens = options.contextTokens || defaultContextTokens;
      const engineOptions = { ...placement, contextTokens, samplerThreads, fastSampling: true, countGraphs };
      const { maxItlMs, cacheRamBytes } = options;
      const scheduling = { maxItlMs, cacheRamBytes };
      const planLog = hooks.planLog ?? null;
      const data = { variant: variant.name, modelId: id, options: engineOptions, scheduling, planLog };
      const pool = { variant: variant.name, modelId: id, contextTokens };
      const prompts = new PromptPool(pool, (thrown) => hooks.onFault?.(thrown));
      const engine = await EngineClient.start(data, {
        onDeath: (reason) => hooks.onDeath?.(reason),
        onSinkError: (thrown) => hooks.onFault?.(thrown),
      }).catch(async (thrown: unknown) => {
        await prompts.close();
        throw thrown;
      });
      return new ModelInstance(options, variant.addon.build.llamaCpp, model, engine, prompts);
    } catch (thrown) {
      model.close();
      throw thrown;
    }
  }

  private constructor(
    options: LoadOptions,
    llamaCppRelease: string,
    model: ModelHandle,
    engine: EngineClient,
    prompts: PromptPool,
  ) {
    this.fileName = path.basename(options.modelPath);
    this.id = modelName(options);
    this.llamaCppRelease = llamaCppRelease;
    this.info = model.info();
    this.#model = model;
    this.#engine = engine;
    this.#prompts = prompts;
  }

  get contextTokens(): number {
    return this.#engine.facts.slotTokens;
  }

  get slots(): number {
    return this.#engine.facts.slots;
  }

  get vocabularySize(): number {
    return this.info.vocabularySize;
  }

  get modelBytes(): number {
    return this.info.modelBytes;
  }

  get parameters(): number {
    return this.info.parameters;
  }

  /** What llama.cpp has allocated, per buffer type. */
  get memory(): readonly DeviceMemory[] {
    return this.#engine.facts.memory;
  }

  preparePrompt(prompt: Prompt): Promise<PreparedPrompt> {
    return this.#prompts.prepare(prompt);
  }

  answerText(task: TextTask): Promise<Uint8Array> {
    return this.#prompts.answerText(task);
  }

  describe(): Promise<ModelDescription> {
    return this.#prompts.describeModel();
  }

  generate(request: GenerationRequest, sink: GenerationSink): GenerationHandle {
    return this.#engine.generate(request, sink);
  }

  async slotTable(): Promise<readonly SlotStatus[]> {
    return (await this.#engine.inspect()).slotTable;
  }

  async stats(): Promise<EngineStats> {
    return (await this.#engine.inspect()).stats;
  }

  /** Frees everything; resolves when the threads have ended. */
  async close(): Promise<void> {
    await Promise.all([this.#engine.close(), this.#prompts.close()]);
    this.#model.close();
  }
}
