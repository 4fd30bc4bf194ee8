import path from "node:path";
import type { DeviceMemory, ModelDescription, ModelHandle, ModelInfo } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";
import type { Variant } from "../llama/variant.js";
import type { PreparedPrompt, Prompt } from "../prompt/prompt.js";
import type { PromptPool } from "../prompt/prompt-pool.js";
import type { TextTask } from "../prompt/text-task.js";
import type { ModelFacts } from "./served-model.js";
import { modelName, type WeightsHooks } from "./weights.js";

export interface LoadHooks extends WeightsHooks {
  /** The engine thread died; the model answers nothing any more. */
  readonly onDeath?: (reason: string) => void;
  /** Something went wrong that nobody waits for: a defect, to be logged. */
  readonly onFault?: (thrown: unknown) => void;
  /** Counts graph evaluations (EngineStats.decodeGraphs) instead of working them out; for tests and benches. */
  readonly countGraphs?: boolean;
  /** A file that every step's plan is appended to, as its length and its cells; for benches that replay it. */
  readonly planLog?: string;
}

/** The main thread's end of an engine, of whatever kind. */
interface EngineClient {
  readonly facts: { readonly memory: readonly DeviceMemory[] };
  close(): Promise<void>;
}

/** What an instance is made of, and owns from then on. */
export interface InstanceParts<Client extends EngineClient> {
  readonly variant: Variant;
  readonly options: LoadOptions;
  readonly model: ModelHandle;
  readonly engine: Client;
  readonly prompts: PromptPool;
}

/** A loaded model, its engine thread and its prompt pool: the one owner of all three, whatever the model is for. */
export abstract class LoadedInstance<Client extends EngineClient> implements ModelFacts {
  /** Changes when the model is renamed. */
  id: string;
  readonly fileName: string;
  readonly llamaCppRelease: string;
  readonly createdAtSeconds = Math.floor(Date.now() / 1000);
  readonly info: ModelInfo;
  protected readonly engine: Client;
  protected readonly prompts: PromptPool;
  readonly #model: ModelHandle;

  protected constructor({ variant, options, model, engine, prompts }: InstanceParts<Client>) {
    this.fileName = path.basename(options.modelPath);
    this.id = modelName(options);
    this.llamaCppRelease = variant.addon.build.llamaCpp;
    this.info = model.info();
    this.engine = engine;
    this.prompts = prompts;
    this.#model = model;
  }

  abstract get contextTokens(): number;

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
    return this.engine.facts.memory;
  }

  preparePrompt(prompt: Prompt): Promise<PreparedPrompt> {
    return this.prompts.prepare(prompt);
  }

  answerText(task: TextTask): Promise<Uint8Array> {
    return this.prompts.answerText(task);
  }

  describe(): Promise<ModelDescription> {
    return this.prompts.describeModel();
  }

  /** Frees everything; resolves when the threads have ended. */
  async close(): Promise<void> {
    await Promise.all([this.engine.close(), this.prompts.close()]);
    this.#model.close();
  }
}
