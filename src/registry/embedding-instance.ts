import path from "node:path";
import type { EmbeddingOutcome, EmbeddingRequest, EmbeddingStats } from "../engine/embedding.js";
import type { DeviceMemory, ModelDescription, ModelHandle, ModelInfo } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";
import type { Variant } from "../llama/variant.js";
import type { PreparedPrompt, Prompt } from "../prompt/prompt.js";
import { PromptPool } from "../prompt/prompt-pool.js";
import type { TextTask } from "../prompt/text-task.js";
import type { PreparedTexts, TextsPrompt } from "../prompt/texts.js";
import { EmbeddingClient } from "./embedding-client.js";
import type { LoadHooks } from "./model-instance.js";
import type { EmbeddingModel } from "./served-model.js";
import { modelName } from "./weights.js";

/** Enough to fill a batch of 512 tokens with short sentences; llama.cpp keeps a row of the vocabulary for each. */
const textsTogether = 64;

/** A loaded model that embeds or ranks, with its engine thread and its prompt pool: the one owner of all three. */
export class EmbeddingInstance implements EmbeddingModel {
  readonly kind: EmbeddingModel["kind"];
  /** Changes when the model is renamed. */
  id: string;
  readonly fileName: string;
  readonly llamaCppRelease: string;
  readonly createdAtSeconds = Math.floor(Date.now() / 1000);
  readonly info: ModelInfo;
  readonly #model: ModelHandle;
  readonly #engine: EmbeddingClient;
  readonly #prompts: PromptPool;

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
      const engine = await EmbeddingClient.start(
        {
          variant: variant.name,
          modelId: id,
          options: {
            ...options,
            cpuOnly: variant.cpuOnly,
            contextTokens: options.contextTokens || defaultContextTokens,
            sequences: textsTogether,
            skipLogits: true,
          },
        },
        (reason) => hooks.onDeath?.(reason),
      );
      const pool = { variant: variant.name, modelId: id, contextTokens: engine.facts.textTokens };
      const prompts = new PromptPool(pool, (thrown) => hooks.onFault?.(thrown));
      return new EmbeddingInstance(options, variant.addon.build.llamaCpp, model, engine, prompts);
    } catch (thrown) {
      model.close();
      throw thrown;
    }
  }

  private constructor(
    options: LoadOptions,
    llamaCppRelease: string,
    model: ModelHandle,
    engine: EmbeddingClient,
    prompts: PromptPool,
  ) {
    this.fileName = path.basename(options.modelPath);
    this.id = modelName(options);
    this.llamaCppRelease = llamaCppRelease;
    this.info = model.info();
    this.kind = this.info.pooling === "rank" ? "rerank" : "embedding";
    this.#model = model;
    this.#engine = engine;
    this.#prompts = prompts;
  }

  get contextTokens(): number {
    return this.#engine.facts.textTokens;
  }

  get width(): number {
    return this.#engine.facts.width;
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

  prepareTexts(prompt: TextsPrompt): Promise<PreparedTexts> {
    return this.#prompts.prepareTexts(prompt);
  }

  embed(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingOutcome> {
    return this.#engine.embed(request, signal);
  }

  stats(): Promise<EmbeddingStats> {
    return this.#engine.stats();
  }

  /** Frees everything; resolves when the threads have ended. */
  async close(): Promise<void> {
    await Promise.all([this.#engine.close(), this.#prompts.close()]);
    this.#model.close();
  }
}
