import type { GenerationFields } from "../api/openai/generation-fields.js";
import type { GenerationOperation } from "../api/openai/generation-format.js";
import { askedTokens } from "../api/openai/to-generation-request.js";
import type { OperationFacts } from "../telemetry/operation-trail.js";

/** What a request for generations asks of the model, in the words of its trail. */
export function operationFacts(
  name: GenerationOperation,
  fields: GenerationFields,
  modelId: string,
): OperationFacts {
  return {
    name,
    model: modelId,
    requestedModel: fields.model ?? modelId,
    stream: fields.stream === true,
    choices: fields.n ?? 1,
    parameters: {
      maxTokens: askedTokens(fields)?.[1] ?? null,
      temperature: fields.temperature ?? null,
      topP: fields.top_p ?? null,
      topK: fields.top_k ?? null,
      seed: fields.seed ?? null,
      frequencyPenalty: fields.frequency_penalty ?? null,
      presencePenalty: fields.presence_penalty ?? null,
    },
  };
}
