import type { FinishedAnswer, OperationTrail } from "./operation-trail.js";

/** What is undefined is left out. */
export type SpanAttributes = Record<string, string | number | boolean | string[] | undefined>;

/**
 * What a model's work was, in the words of the GenAI conventions (development status, semantic-conventions-genai of November
 * 2026, docs/gen-ai/client-inference.md). Never any text of a prompt, an answer or a stop string.
 */
export function generationAttributes(operation: OperationTrail): SpanAttributes {
  const { facts, finished, responseId, arrivedMs } = operation;
  const [first] = finished;
  return {
    "gen_ai.operation.name": facts.name,
    "gen_ai.provider.name": "weir",
    "gen_ai.request.model": facts.requestedModel,
    "gen_ai.response.model": facts.model,
    "gen_ai.response.id": responseId ?? undefined,
    ...requestAttributes(operation),
    ...(first === undefined ? {} : usageAttributes(finished)),
    ...(operation.promptTokens === null ? {} : { "gen_ai.usage.input_tokens": operation.promptTokens }),
    "gen_ai.response.time_to_first_chunk": facts.stream ? secondsToFirst(finished, arrivedMs) : undefined,
  };
}

function requestAttributes({ facts: { parameters, choices, stream } }: OperationTrail): SpanAttributes {
  if (parameters === null) return {};
  return {
    "gen_ai.request.stream": stream,
    "gen_ai.request.choice.count": choices === 1 ? undefined : choices,
    "gen_ai.request.max_tokens": parameters.maxTokens ?? undefined,
    "gen_ai.request.temperature": parameters.temperature ?? undefined,
    "gen_ai.request.top_p": parameters.topP ?? undefined,
    "gen_ai.request.top_k": parameters.topK ?? undefined,
    "gen_ai.request.seed": parameters.seed ?? undefined,
    "gen_ai.request.frequency_penalty": parameters.frequencyPenalty ?? undefined,
    "gen_ai.request.presence_penalty": parameters.presencePenalty ?? undefined,
  };
}

/** Of all answers together, as `usage` on the wire has it. */
function usageAttributes(finished: readonly FinishedAnswer[]): SpanAttributes {
  const sum = (of: (answer: FinishedAnswer) => number): number =>
    finished.reduce((total, answer) => total + of(answer), 0);
  return {
    "gen_ai.response.finish_reasons": finished.map(({ outcome }) => outcome.finishReason),
    "gen_ai.usage.input_tokens": sum(({ outcome, countsPrompt }) =>
      countsPrompt ? outcome.promptTokens : 0,
    ),
    "gen_ai.usage.cache_read.input_tokens": sum(({ outcome, countsPrompt }) =>
      countsPrompt ? outcome.cachedTokens : 0,
    ),
    "gen_ai.usage.output_tokens": sum(({ outcome }) => outcome.completionTokens),
    "gen_ai.usage.reasoning.output_tokens": sum(({ outcome }) => outcome.reasoningTokens) || undefined,
  };
}

function secondsToFirst(finished: readonly FinishedAnswer[], arrivedMs: number): number | undefined {
  const firsts = finished.flatMap(({ times }) => times.firstTokenMs ?? []);
  return firsts.length === 0 ? undefined : (Math.min(...firsts) - arrivedMs) / 1000;
}
