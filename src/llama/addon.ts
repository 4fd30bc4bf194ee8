import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { VocabularyPieces } from "../engine/detokenizer.js";
import type { SamplingParameters } from "../engine/generation.js";
import { messageOf, WeirError } from "../errors.js";
import type { ContextOptions, EmbeddingOptions, PlacementOptions, Pooling } from "./options.js";

/** native/src/addon.cc, typed. Native errors carry a `code` of src/errors.ts. */
export interface Addon {
  readonly build: {
    /** The version of node-llama-cpp that the addon was compiled for. */
    readonly nodeLlamaCpp: string;
    /** The llama.cpp release whose headers it was compiled with. */
    readonly llamaCpp: string;
    /** What the loaded library calls itself. */
    readonly llamaCppLoaded: string;
  };
  /** Models and contexts that are alive in the whole process. */
  alive(): { readonly models: number; readonly contexts: number };
  /** One datagram to a Unix socket, `@name` for an abstract one; false where the receiver has no room now. */
  sendDatagram(path: string, text: string): boolean;
  /** Gives memory that was freed back to the system, a moment later; where the C library is not glibc, nothing. */
  trimMemory(): void;
  /** Ends the process after that time, whatever its threads do. */
  endWithin(ms: number, exitCode: number): void;
  devices(): Device[];
  setLogHandler(handler: (level: "error" | "warn" | "info" | "debug", message: string) => void): void;
  loadModel(
    path: string,
    placement: NativePlacement,
    onProgress: (fraction: number) => void,
  ): { readonly promise: Promise<ModelHandle>; abort(): void };
  attachModel(id: number): ModelHandle;
  /** Of the context that the model gets; its file decides whether it generates or pools. */
  estimateMemory(path: string, options: NativePlacement & ContextOptions & EmbeddingOptions): MemoryEstimate;
  /** `options`: the placement that the model was loaded with, and those of its kind of context. */
  estimateMemory(
    model: ModelHandle,
    options: NativePlacement & (ContextOptions | EmbeddingOptions),
  ): MemoryEstimate;
  readonly EmbeddingContext: new (model: ModelHandle, options: EmbeddingOptions) => EmbeddingContextHandle;
  readonly Context: new (model: ModelHandle, options: NativeContextOptions) => ContextHandle;
}

/** `cpuOnly` keeps everything off the variant's GPUs where `devices` names none. */
export type NativePlacement = PlacementOptions & { readonly cpuOnly: boolean };

export type NativeContextOptions = ContextOptions & {
  /** Threads that sample, the engine's own included. */
  readonly samplerThreads: number;
  /** False lets llama.cpp's chain see every token of the vocabulary; the answers are the same. For tests and benches. */
  readonly fastSampling: boolean;
  /** False lets llama.cpp copy the logits to where they are read, also where it could write them there. For tests and benches. */
  readonly logitsInPlace: boolean;
  /** False lets ggml compute the products of Q8_0 matrices also where Weir has a kernel for them. For tests and benches. */
  readonly q8Products: boolean;
  /**
   * Counts graph evaluations also where neither of these does: otherwise they are worked out from the plan. For tests
   * and benches, as it keeps a GPU from running ahead.
   */
  readonly countGraphs: boolean;
};

export interface Device {
  /** llama.cpp's name: `CPU`, `CUDA0`, `Vulkan1`. */
  readonly name: string;
  readonly description: string;
  readonly type: "cpu" | "gpu" | "integrated" | "accelerator";
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** llama.cpp ends the process where the KV cache has a larger tensor; Infinity where none is too large. */
  readonly largestTensorBytes: number;
}

export interface DeviceMemory {
  readonly device: string;
  readonly modelBytes: number;
  readonly contextBytes: number;
  readonly computeBytes: number;
}

/** What llama.cpp says a model would take, without allocating it. */
export interface MemoryEstimate {
  readonly layers: number;
  /** Of a slot, or of one text: what was asked for, or the default. */
  readonly contextTokens: number;
  readonly pooling: Pooling;
  /** Of the host's compute bytes, those that `memory()` of a context leaves out: rows of outputs. */
  readonly outputBytes: number;
  readonly devices: readonly (DeviceMemory & { readonly freeBytes: number; readonly totalBytes: number })[];
  readonly vocabularySize: number;
  readonly parameters: number;
  /** Of the weights, on all devices. */
  readonly modelBytes: number;
  /** Values a text; 0 of a model that generates. */
  readonly width: number;
}

export interface ModelInfo {
  /** For attachModel(), in any thread of this process. */
  readonly id: number;
  readonly path: string;
  readonly parameters: number;
  readonly modelBytes: number;
  readonly layers: number;
  readonly trainedContextTokens: number;
  /** A slot's tokens where none are asked for. */
  readonly defaultContextTokens: number;
  readonly vocabularySize: number;
  /** No token stands for more bytes of text. */
  readonly longestTokenBytes: number;
  /** The marks around the text before a gap and after it; -1 where the model has none. */
  readonly infillTokens: { readonly prefix: number; readonly suffix: number; readonly middle: number };
  readonly pooling: Pooling;
}

/** What a reranker's prompt is made of. */
export interface RerankFormat {
  /** Text with `{query}` and `{document}`; null where the model has none. */
  readonly template: string | null;
  /** Tokens; -1 where the vocabulary has none. */
  readonly bos: number;
  readonly eos: number;
  readonly separator: number;
  /** Which of them the tokenizer adds. */
  readonly addsBos: boolean;
  readonly addsEos: boolean;
  readonly addsSeparator: boolean;
}

/** What a model's file says about itself, for clients that ask. */
export interface ModelDescription {
  /** In use: llama.cpp's ChatML where the file has none. */
  readonly chatTemplate: string;
  /** The file's other template, for conversations with tools; empty where there is none. */
  readonly toolTemplate: string;
  /** llama.cpp's names: `supports_tools`, `supports_system_role`, … */
  readonly templateCapabilities: Readonly<Record<string, boolean>>;
  /** Empty where the vocabulary has none. */
  readonly bosToken: string;
  readonly eosToken: string;
  /** How the weights are quantized: `Q4_0`, `F16`, … */
  readonly fileType: string;
}

/** This thread's handle to a loaded model. After close() every method throws `handle_closed`. */
export interface ModelHandle {
  info(): ModelInfo;
  /** Throws `template_failed` where the template can't be parsed. */
  describe(): ModelDescription;
  tokenize(text: string, addSpecial: boolean, parseSpecial: boolean): Int32Array;
  pieces(): VocabularyPieces;
  /** `request` is JSON: `{ messages, tools, templateArguments, continueFinalMessage }`. Throws `template_failed`. */
  renderChat(request: string): RenderedChat;
  /** Keeps the compiled grammar (GBNF) at hand for setSampler(). Throws `invalid_grammar`. */
  compileGrammar(grammar: string, root: string): void;
  /**
   * Tokens that the grammar lets follow `accepted`, in order; those that end the generation among them where it may end.
   * For tests and for looking into a grammar. Throws `invalid_grammar`, also where one of `accepted` may not come.
   */
  allowedTokens(grammar: string, root: string, accepted: Int32Array): Int32Array;
  rerankFormat(): RerankFormat;
  close(): void;
}

/** A prompt, and what the template says about the answer; texts that it does not have are empty. */
export interface RenderedChat {
  readonly prompt: string;
  /** The prompt's end that belongs to the answer. */
  readonly generationPrompt: string;
  readonly stopStrings: string[];
  readonly thinkingStart: string;
  readonly thinkingEnd: string;
  /** A tool call is a JSON object with these two fields between these tags; no `nameField`: it is something else. */
  readonly callStart: string;
  readonly callEnd: string;
  readonly nameField: string;
  readonly argumentsField: string;
}

/** A context, owned by the thread that made it. */
export interface ContextHandle {
  info(): {
    readonly slots: number;
    readonly slotTokens: number;
    readonly batchTokens: number;
    readonly microBatchTokens: number;
    readonly threads: number;
    /** Graphs so far whose logits were computed where they are read. */
    readonly graphsInPlace: number;
    /** Products of matrices so far that Weir computed itself. */
    readonly q8Products: number;
    /** False for models with a sliding window. */
    readonly canSaveSlots: boolean;
  };
  memory(): DeviceMemory[];
  /** Of the compute threads, how many share a graph of one row. */
  setSingleRowThreads(threads: number): void;
  setSampler(sampler: number, parameters: SamplingParameters, recent: Int32Array): void;
  clearSampler(sampler: number): void;
  /**
   * Plan and result as native/src/plan.h and step.h lay them out. Where `onDecoded` returns false the prompt pass is left out:
   * its status is 0 then, and it has no tokens.
   */
  step(plan: Int32Array, onDecoded: (tokens: Int32Array) => boolean | undefined): Int32Array;
  /** The logits of a sampled row of the last pass: one Float32 a token of the vocabulary. */
  logits(row: number): Float32Array;
  logprobs(sampler: number): Float64Array;
  /** As Backend.takeScores(). */
  takeScores(sampler: number): Float64Array;
  slotBytes(slot: number): number;
  /** Keeps a copy of the slot's cache outside of JavaScript's heap. Returns its bytes. */
  saveSlot(slot: number, key: number): number;
  dropSaved(key: number): void;
  close(): void;
}

/** A context for whole texts, owned by the thread that made it. */
export interface EmbeddingContextHandle {
  info(): {
    readonly pooling: Exclude<Pooling, "none">;
    /** Values a text: the vector's, or a score a class. */
    readonly width: number;
    /** Texts of a call. */
    readonly sequences: number;
    /** Tokens of one text. */
    readonly textTokens: number;
    /** Tokens of a call. */
    readonly capacityTokens: number;
    readonly microBatchTokens: number;
    readonly threads: number;
    /** Asked for, and shown to give llama.cpp's own vectors. */
    readonly skipsLogits: boolean;
  };
  memory(): DeviceMemory[];
  /**
   * `width` values a text, not normalised. Text i is `tokens[ends[i-1] … ends[i])`. Throws `invalid_argument` for what does
   * not fit and `decode_failed` where llama.cpp fails; the next call starts afresh either way.
   */
  embed(tokens: Int32Array, ends: Int32Array): Float32Array;
  close(): void;
}

/** The folder that holds `native/` and `node_modules/`. */
export const projectDirectory = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** Where `native/build.mjs` puts the addon of a variant. */
export function addonPath(variant: string): string {
  return path.join(projectDirectory, "native/build", variant, "weir.node");
}

/**
 * Loads the addon of a variant, e.g. `linux-x64-cuda`; once per thread, the libraries once per process.
 *
 * @throws WeirError `addon_unavailable`: not built, built for another node-llama-cpp, or not loadable
 */
export function loadAddon(variant: string): Addon {
  const require = createRequire(import.meta.url);
  const file = addonPath(variant);
  let addon: Addon;
  try {
    addon = require(file) as Addon; // the addon's exports, as native/src/addon.cc makes them
  } catch (thrown) {
    const hint =
      "build it with `npm run build` in Weir's folder (needs a C++ compiler, git and node_modules)";
    throw new WeirError("addon_unavailable", `could not load ${file}: ${messageOf(thrown)}; ${hint}`, {
      cause: thrown,
    });
  }
  const installed = nodeLlamaCppVersion();
  if (addon.build.nodeLlamaCpp !== installed) {
    throw new WeirError(
      "addon_unavailable",
      `${file} was built for node-llama-cpp ${addon.build.nodeLlamaCpp}, but ${installed} is installed; ` +
        "run `npm ci` and then `npm run build`",
    );
  }
  loaded = addon;
  return addon;
}

let loaded: Addon | null = null;

/** The addon of this thread; null where none was loaded. */
export function loadedAddon(): Addon | null {
  return loaded;
}

/** The installed version of node-llama-cpp. */
export function nodeLlamaCppVersion(): string {
  const require = createRequire(import.meta.url);
  const entry = require.resolve("node-llama-cpp"); // its package.json is not among its exports
  const packageFile = path.join(path.dirname(entry), "..", "package.json");
  return (require(packageFile) as { version: string }).version; // npm's own format
}
