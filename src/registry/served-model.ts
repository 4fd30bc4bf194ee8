import type { EmbeddingOutcome, EmbeddingRequest, EmbeddingStats } from "../engine/embedding.js";
import type { GenerationHandle, GenerationRequest, GenerationSink } from "../engine/generation.js";
import type { EngineStats, SlotStatus } from "../engine/stats.js";
import type { DeviceMemory, ModelDescription } from "../llama/addon.js";
import type { ModelSampling } from "../llama/options.js";
import type { PreparedPrompt, Prompt } from "../prompt/prompt.js";
import type { TextTask } from "../prompt/text-task.js";
import type { PreparedTexts, TextsPrompt } from "../prompt/texts.js";
import type { GenerationInspection } from "./generation-message.js";

export type { ModelDescription, ModelSampling };

/** What the server needs of a loaded model. A model's file says what it is for. */
export type ServedModel = GenerationModel | EmbeddingModel;

/** What every loaded model has and does. Implemented by registry/loaded-instance.ts. */
export interface ModelFacts {
  /** The name that clients use: `--alias`, or the file's name without `.gguf`. */
  readonly id: string;
  /** The GGUF's name, without its folder: where it lies is nobody's business. */
  readonly fileName: string;
  /** The release of llama.cpp that runs it. */
  readonly llamaCppRelease: string;
  /** When it was loaded, Unix seconds. */
  readonly createdAtSeconds: number;
  /** Context of one slot, in tokens: prompt and answer together. Where there are no slots, of one text. */
  readonly contextTokens: number;
  /** False while its engine is being replaced: what runs has ended with an error, and what comes does too. */
  readonly isHealthy: boolean;
  readonly vocabularySize: number;
  /** What holds where a request says nothing; null, or absent: the server's own defaults. */
  readonly sampling?: ModelSampling | null;
  readonly modelBytes: number;
  readonly parameters: number;
  /** What llama.cpp has allocated, per buffer type. */
  readonly memory: readonly DeviceMemory[];

  /** Renders and tokenizes in the pool. Rejects with WeirError `template_failed`. */
  preparePrompt(prompt: Prompt): Promise<PreparedPrompt>;
  /** The JSON of a reply, made in the pool. Rejects with WeirError `invalid_value` or `template_failed`. */
  answerText(task: TextTask): Promise<Uint8Array>;
  describe(): Promise<ModelDescription>;
}

/** A model that generates text. Implemented by registry/model-instance.ts. */
export interface GenerationModel extends ModelFacts {
  readonly kind: "generation";
  readonly slots: number;

  /** Never throws for a full house: the request waits. `onFinish` reports errors. */
  generate(request: GenerationRequest, sink: GenerationSink): GenerationHandle;
  /** All that the engine says of itself, between two steps. Rejects with `engine_failed` where its thread is gone. */
  inspect(): Promise<GenerationInspection>;
  slotTable(): Promise<readonly SlotStatus[]>;
  stats(): Promise<EngineStats>;
}

/** A model that gives a vector, or scores, for each whole text. Implemented by registry/embedding-instance.ts. */
export interface EmbeddingModel extends ModelFacts {
  readonly kind: "embedding" | "rerank";
  /** Values a text: the vector's dimensions, or a score a class. */
  readonly width: number;

  /** Tokenizes in the pool. Rejects with WeirError `context_length_exceeded` or `invalid_value` that names the text. */
  prepareTexts(prompt: TextsPrompt): Promise<PreparedTexts>;
  /** Never rejects, and never refuses for a full house: the request waits. `signal` cancels it. */
  embed(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingOutcome>;
  stats(): Promise<EmbeddingStats>;
}

/** The models that the server can name. The state is what /health answers. */
export interface ModelDirectory {
  readonly state: "loading" | "ready" | "unhealthy" | "failed" | "closing";
  /** 0 … 1 while loading. */
  readonly progress: number;
  list(): readonly ServedModel[];
  /** By id or alias. */
  find(name: string): ServedModel | undefined;
}
