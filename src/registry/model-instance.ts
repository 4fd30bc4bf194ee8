import os from "node:os";
import type { GenerationHandle, GenerationRequest, GenerationSink } from "../engine/generation.js";
import type { EngineStats, SlotStatus } from "../engine/stats.js";
import type { ModelHandle } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";
import type { Variant } from "../llama/variant.js";
import { PromptPool } from "../prompt/prompt-pool.js";
import { EngineKeeper } from "./engine-keeper.js";
import { GenerationClient } from "./generation-client.js";
import type { GenerationFacts, GenerationInspection } from "./generation-message.js";
import { absentOutcome } from "./generation-sinks.js";
import { type InstanceParts, LoadedInstance, type LoadHooks } from "./loaded-instance.js";
import type { GenerationModel } from "./served-model.js";
import { loadWeights } from "./weights.js";

/** Sampling is memory-bound work on rows of 0.6 MB; more threads than this bring nothing. */
const maxSamplerThreads = 8;

type GenerationKeeper = EngineKeeper<GenerationFacts, GenerationClient>;

/** A loaded model that generates text. */
export class ModelInstance
  extends LoadedInstance<GenerationFacts, GenerationClient>
  implements GenerationModel
{
  readonly kind = "generation";

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
      const { countGraphs = false, q8Products = true } = hooks;
      const contextTokens = options.contextTokens || defaultContextTokens;
      const fast = { fastSampling: true, logitsInPlace: true, q8Products };
      const engineOptions = { ...placement, contextTokens, samplerThreads, ...fast, countGraphs };
      const { maxItlMs, cacheRamBytes } = options;
      const scheduling = { maxItlMs, cacheRamBytes };
      const planLog = hooks.planLog ?? null;
      const data = { variant: variant.name, modelId: id, options: engineOptions, scheduling, planLog };
      const pool = { variant: variant.name, modelId: id, contextTokens };
      const prompts = new PromptPool(pool, (thrown) => hooks.onFault?.(thrown));
      let checksMemory = hooks.isPlaced !== true;
      const onSinkError = (thrown: unknown): void => hooks.onFault?.(thrown);
      const starting: Promise<GenerationKeeper> = EngineKeeper.start((watch) => {
        const started = GenerationClient.start({ ...data, checksMemory }, { ...watch, onSinkError });
        // A fresh engine comes later, when there may be less memory.
        checksMemory = true;
        return started;
      }, hooks);
      const engine = await starting.catch(async (thrown: unknown) => {
        await prompts.close();
        throw thrown;
      });
      return new ModelInstance({ variant, options, model, engine, prompts });
    } catch (thrown) {
      model.close();
      throw thrown;
    }
  }

  private constructor(parts: InstanceParts<GenerationFacts, GenerationClient>) {
    super(parts);
  }

  get contextTokens(): number {
    return this.engine.facts.slotTokens;
  }

  get slots(): number {
    return this.engine.facts.slots;
  }

  generate(request: GenerationRequest, sink: GenerationSink): GenerationHandle {
    const { current, absence } = this.engine;
    if (current !== null) return current.generate(request, sink);
    queueMicrotask(() => sink.onFinish(absentOutcome(request.promptTokens.length, absence)));
    return { cancel: () => {} };
  }

  async inspect(): Promise<GenerationInspection> {
    return this.running().inspect();
  }

  async slotTable(): Promise<readonly SlotStatus[]> {
    return (await this.running().inspect()).slotTable;
  }

  async stats(): Promise<EngineStats> {
    return (await this.running().inspect()).stats;
  }
}
