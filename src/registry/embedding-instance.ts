import type { EmbeddingOutcome, EmbeddingRequest, EmbeddingStats } from "../engine/embedding.js";
import type { ModelHandle } from "../llama/addon.js";
import { type LoadOptions, toEmbeddingOptions } from "../llama/options.js";
import type { Variant } from "../llama/variant.js";
import { PromptPool } from "../prompt/prompt-pool.js";
import type { PreparedTexts, TextsPrompt } from "../prompt/texts.js";
import { absentOutcome, EmbeddingClient } from "./embedding-client.js";
import type { EmbeddingFacts } from "./embedding-message.js";
import { EngineKeeper } from "./engine-keeper.js";
import { type InstanceParts, LoadedInstance, type LoadHooks } from "./loaded-instance.js";
import type { EmbeddingModel } from "./served-model.js";

type EmbeddingKeeper = EngineKeeper<EmbeddingFacts, EmbeddingClient>;

/** A loaded model that embeds or ranks. */
export class EmbeddingInstance
  extends LoadedInstance<EmbeddingFacts, EmbeddingClient>
  implements EmbeddingModel
{
  readonly kind: EmbeddingModel["kind"];

  /**
   * Makes the context in the engine thread. The model is the instance's from here on, and closed where this fails.
   *
   * @throws WeirError `context_failed`, `invalid_argument` or `engine_failed`
   */
  static async start(
    variant: Variant,
    model: ModelHandle,
    options: LoadOptions,
    hooks: LoadHooks = {},
  ): Promise<EmbeddingInstance> {
    try {
      const { id, defaultContextTokens } = model.info();
      const contextTokens = options.contextTokens || defaultContextTokens;
      const engineOptions = { ...options, ...toEmbeddingOptions(options), contextTokens };
      const data = {
        variant: variant.name,
        modelId: id,
        options: { ...engineOptions, cpuOnly: variant.cpuOnly },
      };
      let checksMemory = hooks.isPlaced !== true;
      const engine: EmbeddingKeeper = await EngineKeeper.start((watch) => {
        const started = EmbeddingClient.start({ ...data, checksMemory }, watch);
        // A fresh engine comes later, when there may be less memory.
        checksMemory = true;
        return started;
      }, hooks);
      const pool = { variant: variant.name, modelId: id, contextTokens: engine.facts.textTokens };
      const prompts = new PromptPool(pool, (thrown) => hooks.onFault?.(thrown));
      return new EmbeddingInstance({ variant, options, model, engine, prompts });
    } catch (thrown) {
      model.close();
      throw thrown;
    }
  }

  private constructor(parts: InstanceParts<EmbeddingFacts, EmbeddingClient>) {
    super(parts);
    this.kind = this.info.pooling === "rank" ? "rerank" : "embedding";
  }

  get contextTokens(): number {
    return this.engine.facts.textTokens;
  }

  get width(): number {
    return this.engine.facts.width;
  }

  prepareTexts(prompt: TextsPrompt): Promise<PreparedTexts> {
    return this.prompts.prepareTexts(prompt);
  }

  embed(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingOutcome> {
    const { current, absence } = this.engine;
    return current?.embed(request, signal) ?? Promise.resolve(absentOutcome(absence));
  }

  async stats(): Promise<EmbeddingStats> {
    return this.running().stats();
  }
}
