import path from "node:path";
import { unhealthyMessage, WeirError } from "../errors.js";
import { checkedFiles } from "../gguf/checked-files.js";
import type { DeviceMemory, ModelDescription, ModelHandle, ModelInfo } from "../llama/addon.js";
import type { LoadOptions, ModelSampling } from "../llama/options.js";
import type { Variant } from "../llama/variant.js";
import type { PreparedPrompt, Prompt } from "../prompt/prompt.js";
import type { PromptPool } from "../prompt/prompt-pool.js";
import type { TextTask } from "../prompt/text-task.js";
import type { EngineClient, EngineKeeper, KeeperHooks } from "./engine-keeper.js";
import type { ModelFacts } from "./served-model.js";
import type { WeightsHooks } from "./weights.js";

/** onDeath: the model answers nothing any more. */
export interface LoadHooks extends WeightsHooks, InstanceHooks {
  /** A plan was just made, and fits. */
  readonly isPlaced?: boolean;
}

/** What an instance tells as long as it lives, and how it is watched. */
export interface InstanceHooks extends KeeperHooks {
  /** Something went wrong that nobody waits for: a defect, to be logged. */
  readonly onFault?: (thrown: unknown) => void;
  /** Counts graph evaluations (EngineStats.decodeGraphs) instead of working them out; for tests and benches. */
  readonly countGraphs?: boolean;
  /** False leaves to ggml what Weir has kernels for; for benches that compare them. */
  readonly q8Products?: boolean;
  /** A file that every step's plan is appended to, as its length and its cells; for benches that replay it. */
  readonly planLog?: string;
}

interface EngineFacts {
  /** What llama.cpp has allocated. */
  readonly memory: readonly DeviceMemory[];
}

/** What an instance is made of, and owns from then on. */
export interface InstanceParts<Facts extends EngineFacts, Client extends EngineClient<Facts>> {
  readonly variant: Variant;
  readonly options: LoadOptions;
  readonly model: ModelHandle;
  readonly engine: EngineKeeper<Facts, Client>;
  readonly prompts: PromptPool;
}

/** A loaded model, its engine thread and its prompt pool: the one owner of all three, whatever the model is for. */
export abstract class LoadedInstance<Facts extends EngineFacts, Client extends EngineClient<Facts>>
  implements ModelFacts
{
  readonly fileName: string;
  readonly fileDigest: string;
  readonly llamaCppRelease: string;
  readonly createdAtSeconds = Math.floor(Date.now() / 1000);
  readonly sampling: ModelSampling | null;
  readonly info: ModelInfo;
  protected readonly engine: EngineKeeper<Facts, Client>;
  protected readonly prompts: PromptPool;
  readonly #model: ModelHandle;
  readonly #addon: Variant["addon"];
  #closed: Promise<void> | null = null;

  protected constructor({ variant, options, model, engine, prompts }: InstanceParts<Facts, Client>) {
    this.fileName = path.basename(options.modelPath);
    this.fileDigest = checkedFiles.digestOf(options.modelPath);
    this.llamaCppRelease = variant.addon.build.llamaCpp;
    this.sampling = options.sampling ?? null;
    this.info = model.info();
    this.engine = engine;
    this.prompts = prompts;
    this.#model = model;
    this.#addon = variant.addon;
  }

  abstract get contextTokens(): number;

  get isHealthy(): boolean {
    return this.engine.current !== null;
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
    return this.engine.facts.memory;
  }

  /** @throws WeirError `model_unhealthy` while the engine is being replaced */
  protected running(): Client {
    const { current } = this.engine;
    if (current === null) throw new WeirError("model_unhealthy", unhealthyMessage);
    return current;
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

  /** What runs goes on; what waits for the engine ends, and so does what comes. */
  drain(): void {
    this.engine.drain();
  }

  /** Frees everything; resolves when the threads have ended. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all([this.engine.close(), this.prompts.close()]);
    this.#model.close();
    this.#addon.trimMemory();
  }
}
