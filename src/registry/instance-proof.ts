import { once } from "node:events";
import { type GenerationOutcome, type SamplingParameters, unconstrained } from "../engine/generation.js";
import { WeirError } from "../errors.js";
import type { LoadedModel } from "./instance-start.js";
import type { EmbeddingModel, GenerationModel } from "./served-model.js";

/** What a new instance is asked before anybody else asks it. */
const text = "Hello";
const answerTokens = 4;
/** A large model on a cold CPU takes seconds. */
const longestMs = 60_000;

const greedy: SamplingParameters = {
  ...unconstrained,
  topLogprobs: 0,
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  typicalP: 1,
  seed: 0,
  presencePenalty: 0,
  frequencyPenalty: 0,
  repetitionPenalty: 1,
  penaltyWindowTokens: 0,
  logitBias: [],
  ignoreEos: true,
};

/**
 * Has the instance compute something, from the text to numbers: a file may load and be of no use.
 *
 * @param closing ends it
 * @throws WeirError `engine_failed` where it gives none, or takes too long; what the prompt pool throws
 */
export async function prove(instance: LoadedModel, closing: AbortSignal): Promise<void> {
  const patience = AbortSignal.any([closing, AbortSignal.timeout(longestMs)]);
  // An engine that hangs does not hear that nobody waits any more.
  const late = once(patience, "abort").then(() => `nothing came within ${longestMs / 1000} s`);
  const proving =
    instance.kind === "generation"
      ? generationFailure(instance, patience)
      : embeddingFailure(instance, patience);
  const failure = await Promise.race([proving, late]);
  if (failure !== null) throw new WeirError("engine_failed", `the proof has failed: ${failure}`);
}

async function generationFailure(instance: GenerationModel, patience: AbortSignal): Promise<string | null> {
  const prompt = { kind: "text", text, suffix: "", echo: "none", content: null } as const;
  const { tokens } = await instance.preparePrompt(prompt);
  const logprobs: number[] = [];
  const outcome = await new Promise<GenerationOutcome>((resolve) => {
    const handle = instance.generate(
      {
        promptTokens: tokens,
        maxTokens: Math.min(answerTokens, instance.contextTokens - tokens.length),
        sampling: greedy,
        stopStrings: [],
        tenant: "",
        conversation: "",
        reportsProgress: false,
        maxWaitMs: null,
      },
      {
        onText: () => {},
        onLogprob: ({ logprob }) => logprobs.push(logprob),
        onFinish: resolve,
      },
    );
    patience.addEventListener("abort", () => handle.cancel());
  });
  if (outcome.finishReason === "error") return outcome.failure?.message ?? "the engine gave no reason";
  if (outcome.finishReason !== "length") return `its answer ended with ${outcome.finishReason}`;
  return logprobs.every(Number.isFinite) ? null : "its probabilities are not numbers";
}

async function embeddingFailure(instance: EmbeddingModel, patience: AbortSignal): Promise<string | null> {
  const { tokens, ends } = await instance.prepareTexts(
    instance.kind === "rerank"
      ? { kind: "rerank", query: text, documents: [text] }
      : { kind: "embedding", inputs: [text] },
  );
  const outcome = await instance.embed({ tokens, ends, maxWaitMs: longestMs }, patience);
  if (outcome.status === "error") return outcome.errorMessage;
  if (outcome.status !== "done") return `it answered with ${outcome.status}`;
  return outcome.values.every(Number.isFinite) ? null : "its values are not numbers";
}
