import type { GenerationRequest } from "../../engine/generation.js";
import { WeirError } from "../../errors.js";
import type { PreparedPrompt } from "../../prompt/prompt.js";
import type { ModelSampling } from "../../registry/served-model.js";
import type { GenerationFields } from "./generation-fields.js";
import { defaultsOf } from "./sampling-defaults.js";
import { toSampling } from "./to-sampling.js";

export interface GenerationLimits {
  /** Prompt and answer together. */
  readonly contextTokens: number;
  readonly vocabularySize: number;
  /** What holds where a request says nothing; null, or absent: the server's own defaults. */
  readonly sampling?: ModelSampling | null;
}

/** What is told of an answer's tokens, as AnswerConstraints has it. */
export interface AnswerReports {
  readonly topLogprobs: number;
  readonly scoresPrompt: boolean;
  readonly reportsEnd: boolean;
}

/** What the wire format does not say. */
export interface GenerationOrigin {
  readonly promptField: PromptField;
  /** The fields whose text the prompt is made of, for messages: `messages and tools`. */
  readonly promptParts: string;
  /** For requests that set no seed. */
  readonly randomSeed: number;
  readonly tenant: string;
  readonly reports: AnswerReports;
}

/** The request field that holds the prompt, for errors that name it. */
export type PromptField = "messages" | "prompt";

/**
 * What the engine is asked for. Throws `context_length_exceeded` where prompt and answer do not fit a slot, and
 * `invalid_value` for an empty prompt or a logit bias beyond the vocabulary. `thinks`: the answer may begin with thinking.
 */
export function toGenerationRequest(
  fields: GenerationFields,
  prompt: PreparedPrompt,
  limits: GenerationLimits,
  origin: GenerationOrigin,
  thinks = false,
): GenerationRequest {
  const { randomSeed, tenant, reports } = origin;
  const defaults = defaultsOf(limits.sampling ?? null, thinks);
  const { grammar, grammarRoot, visibleTokens, thinking } = prompt;
  const constraints = { grammar, grammarRoot, visibleTokens, thinking, ...reports };
  return {
    promptTokens: prompt.tokens,
    maxTokens: toMaxTokens(fields, prompt.tokens.length, limits.contextTokens, origin),
    sampling: toSampling(fields, constraints, limits.vocabularySize, randomSeed, defaults),
    stopStrings: [...toStopStrings(fields.stop), ...prompt.stopStrings],
    tenant,
    conversation: fields.prompt_cache_key ?? "",
    reportsProgress: fields.return_progress === true,
    maxWaitMs: null,
  };
}

function toStopStrings(stop: GenerationFields["stop"]): readonly string[] {
  if (stop === null || stop === undefined) return [];
  return typeof stop === "string" ? [stop] : stop;
}

/** What was asked for, or all that is left of the slot's context. */
function toMaxTokens(
  fields: GenerationFields,
  promptTokens: number,
  contextTokens: number,
  { promptField, promptParts }: GenerationOrigin,
): number {
  const limit = `This model's maximum context length is ${contextTokens} tokens`;
  const left = contextTokens - promptTokens;
  if (promptTokens === 0) {
    throw new WeirError("invalid_value", `${promptField} must not be empty: it comes to no token at all.`, {
      param: promptField,
    });
  }
  const asked = askedTokens(fields);
  if (left < (asked?.[1] === 0 ? 0 : 1)) {
    throw new WeirError(
      "context_length_exceeded",
      `${limit}, but there are ${promptTokens} in ${promptParts} alone: send at most ${contextTokens - 1}.`,
      { param: promptField },
    );
  }

  const [name, requested] = asked ?? ["max_tokens", left];
  if (requested > left) {
    throw new WeirError(
      "context_length_exceeded",
      `${limit}, but ${promptTokens + requested} were requested: ${promptTokens} in ${promptParts} and ${requested} ` +
        `in ${name}. Shorten ${promptParts} or lower ${name} to at most ${left}.`,
      // No prompt would be short enough for more than a context.
      { param: requested < contextTokens ? promptField : name },
    );
  }
  refuseLess(requested, fields.min_tokens);
  return requested;
}

/** The field that limits the answer, and its limit; null where none does. */
export function askedTokens(fields: GenerationFields): readonly [name: string, tokens: number] | null {
  for (const name of ["max_completion_tokens", "max_tokens", "n_predict"] as const) {
    const tokens = fields[name];
    if (typeof tokens === "number" && tokens >= 0) return [name, tokens];
  }
  return null;
}

function refuseLess(maxTokens: number, minTokens: number | null | undefined): void {
  if (typeof minTokens !== "number" || minTokens <= maxTokens) return;
  throw new WeirError(
    "invalid_value",
    `min_tokens is ${minTokens}, but the answer can have ${maxTokens} tokens at most: lower it.`,
    { param: "min_tokens" },
  );
}
