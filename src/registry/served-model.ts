import type { EmbeddingOutcome, EmbeddingRequest, EmbeddingStats } from "../engine/embedding.js";
import type { EngineCounters } from "../engine/engine-counters.js";
import type { GenerationHandle, GenerationRequest, GenerationSink } from "../engine/generation.js";
import type { EngineStats, SlotStatus } from "../engine/stats.js";
import type { DeviceMemory, ModelDescription } from "../llama/addon.js";
import type { ModelSampling } from "../llama/options.js";
import type { PreparedPrompt, Prompt } from "../prompt/prompt.js";
import type { TextTask } from "../prompt/text-task.js";
import type { PreparedTexts, TextsPrompt } from "../prompt/texts.js";
import type { GenerationInspection } from "./generation-message.js";
import type { LoadFailure } from "./load-failure.js";
import type { PrefixMarks } from "./prefix-marks.js";
import type { SwapOrder, SwapProgress, SwapResult } from "./swap-order.js";

export type { ModelDescription, ModelSampling };

/** What is loaded of a model and answers: weights, engine and prompt pool. */
export type ServedInstance = GenerationModel | EmbeddingModel;

/** What a file and its context have turned out to be. */
export interface ModelFacts {
  /** The GGUF's name, without its folder: where it lies is nobody's business. */
  readonly fileName: string;
  /** The release of llama.cpp that runs it. */
  readonly llamaCppRelease: string;
  /** When it was loaded, Unix seconds. */
  readonly createdAtSeconds: number;
  /** Context of one slot, in tokens: prompt and answer together. Where there are no slots, of one text. */
  readonly contextTokens: number;
  readonly vocabularySize: number;
  /** What holds where a request says nothing; null, or absent: the server's own defaults. */
  readonly sampling?: ModelSampling | null;
  readonly modelBytes: number;
  readonly parameters: number;
  /** What llama.cpp has allocated, per buffer type. */
  readonly memory: readonly DeviceMemory[];
}

/** What every loaded instance has and does. Implemented by registry/loaded-instance.ts. */
interface InstanceBasics extends ModelFacts {
  /** Tells its file from others by what is in it: hexadecimal digits. */
  readonly fileDigest: string;
  /** False while its engine is being replaced: what runs has ended with an error, and what comes does too. */
  readonly isHealthy: boolean;

  /** Renders and tokenizes in the pool. Rejects with WeirError `template_failed`. */
  preparePrompt(prompt: Prompt): Promise<PreparedPrompt>;
  /** The JSON of a reply, made in the pool. Rejects with WeirError `invalid_value` or `template_failed`. */
  answerText(task: TextTask): Promise<Uint8Array>;
  describe(): Promise<ModelDescription>;
}

/** An instance that generates text. Implemented by registry/model-instance.ts. */
export interface GenerationModel extends InstanceBasics {
  readonly kind: "generation";
  readonly slots: number;

  /** Never throws for a full house: the request waits. `onFinish` reports errors. */
  generate(request: GenerationRequest, sink: GenerationSink): GenerationHandle;
  /** All that the engine says of itself, between two steps. Rejects with `engine_failed` where its thread is gone. */
  inspect(): Promise<GenerationInspection>;
  slotTable(): Promise<readonly SlotStatus[]>;
  stats(): Promise<EngineStats>;
}

/** An instance that gives a vector, or scores, for each whole text. Implemented by registry/embedding-instance.ts. */
export interface EmbeddingModel extends InstanceBasics {
  readonly kind: "embedding" | "rerank";
  /** Values a text: the vector's dimensions, or a score a class. */
  readonly width: number;

  /** Tokenizes in the pool. Rejects with WeirError `context_length_exceeded` or `invalid_value` that names the text. */
  prepareTexts(prompt: TextsPrompt): Promise<PreparedTexts>;
  /** Never rejects, and never refuses for a full house: the request waits. `signal` cancels it. */
  embed(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingOutcome>;
  stats(): Promise<EmbeddingStats>;
}

/** One request's hold on an instance, which is not closed as long as anybody has one. */
export interface Lease<Instance = ServedInstance> {
  readonly instance: Instance;
  /** Gives it back; again does nothing. */
  release(): void;
}

/** Of all instances of a model together. */
export interface ServedFacts extends ModelFacts {
  readonly kind: ServedInstance["kind"];
  /** Of all its instances; 0 where there are none. */
  readonly slots: number;
  /** Values a text; 0 of a model that generates. */
  readonly width: number;
}

export const servedStates = ["unloaded", "loading", "ready", "unhealthy", "swapping", "failed"] as const;
/** `unhealthy`: its engines are being replaced. `swapping`: it has no instance for now, and its requests wait for the next one. */
export type ServedState = (typeof servedStates)[number];

/**
 * A model by its name, which stays when its instances come and go. A request that was let in computes on one of them, which it
 * has a lease on. Implemented by registry/hosted-model.ts.
 */
export interface ServedModel<Instance extends ServedInstance = ServedInstance> {
  /** The name that clients use: `--alias`, or the name, without `.gguf`, of the file that was given first. */
  readonly id: string;
  /** A model keeps the kind that it was first loaded with. */
  readonly kind: Instance["kind"];
  readonly state: ServedState;
  /** Why it could not be loaded, where that is what it has failed of. */
  readonly failure: LoadFailure | null;
  /** Of its loading, 0 … 1. */
  readonly progress: number;
  /** Of what serves, or of what did so last; of one that never did, what its file says. */
  readonly facts: ServedFacts;
  /** Those that new requests may get. */
  readonly instances: readonly Instance[];
  /** All that are loaded, those too that go away when their last request has left. */
  readonly loaded: readonly Instance[];
  /** What the engines had counted of those that are gone. */
  readonly past: EngineCounters | null;
  /** How many leases are out, those on instances that are going away too. */
  readonly leases: number;

  /** Somebody asks for it: one that is loaded on demand is, where it is not. */
  want(): void;
  /** Asks `count` how many wait for it: it is loaded for those who do, and not for those who have left. Returns what ends that. */
  addWaiters(count: () => number): () => void;
  /** Whether there is more than one instance to choose from. */
  readonly hasReplicas: boolean;
  /** On the instance that holds the request's beginning, or has the fewest; null where there is none for now. */
  lease(marks?: PrefixMarks): Lease<Instance> | null;
  /** What the file says of itself; where none is loaded, what the last one said. */
  describe(): Promise<ModelDescription>;
  /** Changes the file that serves under this name; as HostedModel.swap(). */
  swap(order: SwapOrder, onProgress?: (progress: SwapProgress) => void): Promise<SwapResult>;
  /** Null where none is on. */
  readonly swapProgress: SwapProgress | null;

  /** Calls whenever state, instances or what they can take have changed. Returns what ends that. */
  onChange(listener: () => void): () => void;
}

/** The models that the server can name. The state is what /health answers. */
export interface ModelDirectory {
  readonly state: "loading" | "ready" | "unhealthy" | "failed" | "closing";
  /** 0 … 1 while loading. */
  readonly progress: number;
  /** Those whose facts are known: they have been loaded, or their files were looked at. */
  list(): readonly ServedModel[];
  /** By id or alias. */
  find(name: string): ServedModel | undefined;
}
