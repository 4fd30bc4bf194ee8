import type { GenerationHandle, GenerationRequest, GenerationSink } from "../engine/generation.js";
import type { EngineStats, SlotStatus } from "../engine/stats.js";
import type { ModelDescription } from "../llama/addon.js";
import type { PreparedPrompt, Prompt } from "../prompt/prompt.js";
import type { TextTask } from "../prompt/text-task.js";

export type { ModelDescription };

/** What the server needs of a loaded model. Implemented by registry/model-instance.ts. */
export interface ServedModel {
  /** The name that clients use: `--alias`, or the file's name without `.gguf`. */
  readonly id: string;
  /** The GGUF's name, without its folder: where it lies is nobody's business. */
  readonly fileName: string;
  /** The release of llama.cpp that runs it. */
  readonly llamaCppRelease: string;
  /** When it was loaded, Unix seconds. */
  readonly createdAtSeconds: number;
  /** Context of one slot, in tokens: prompt and answer together. */
  readonly contextTokens: number;
  readonly slots: number;
  readonly vocabularySize: number;
  readonly modelBytes: number;
  readonly parameters: number;

  /** Renders and tokenizes in the pool. Rejects with WeirError `template_failed`. */
  preparePrompt(prompt: Prompt): Promise<PreparedPrompt>;
  /** The JSON of a reply, made in the pool. Rejects with WeirError `invalid_value` or `template_failed`. */
  answerText(task: TextTask): Promise<Uint8Array>;
  describe(): Promise<ModelDescription>;
  /** Never throws for a full house: the request waits. `onFinish` reports errors. */
  generate(request: GenerationRequest, sink: GenerationSink): GenerationHandle;
  slotTable(): Promise<readonly SlotStatus[]>;
  stats(): Promise<EngineStats>;
}

/** The models that the server can name. The state is what /health answers. */
export interface ModelDirectory {
  readonly state: "loading" | "ready" | "failed" | "closing";
  /** 0 … 1 while loading. */
  readonly progress: number;
  list(): readonly ServedModel[];
  /** By id or alias. */
  find(name: string): ServedModel | undefined;
}
