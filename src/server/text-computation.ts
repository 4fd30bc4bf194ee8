import { setImmediate as turn } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ComputedVectors } from "../api/openai/to-embedding-response.js";
import { userOf } from "../api/openai/user-fields.js";
import type { EmbeddingOutcome } from "../engine/embedding.js";
import { WeirError } from "../errors.js";
import type { TextsPrompt } from "../prompt/texts.js";
import type { EmbeddingModel, ServedModel } from "../registry/served-model.js";
import { tenths } from "../telemetry/tenths.js";
import type { Admission, Work } from "./admission.js";
import type { Admitted } from "./admitted.js";
import { departureOf } from "./departure.js";
import { modelUnhealthy, shuttingDown } from "./model-lookup.js";

/** How long the pieces of an answer may be joined before others have their turn. */
const sliceMs = 5;

/** What a request says of itself beside its texts. */
type TextsFields = Parameters<typeof userOf>[0] & { readonly model?: string | null | undefined };

/**
 * Has a request's texts computed, with one line in the log.
 *
 * @returns null where the client has left; nothing must be sent then
 * @throws WeirError: no place for it, a text that does not fit, `engine_failed`, `shutting_down`
 */
export async function computeTexts(
  model: ServedModel<EmbeddingModel>,
  prompt: TextsPrompt,
  fields: TextsFields,
  admission: Admission,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<ComputedVectors | null> {
  const departure = departureOf(request.raw, reply.raw);
  const places = prompt.kind === "embedding" ? prompt.inputs.length : prompt.documents.length;
  const work: Work = { lane: "vectors", user: userOf(fields), places, answers: 0, mostAnswerTokens: null };
  const operation = request.trail.begin({
    name: prompt.kind === "embedding" ? "embeddings" : "rerank",
    model: model.id,
    requestedModel: fields.model ?? model.id,
    stream: false,
    choices: 1,
    parameters: null,
  });
  const admitted = await admission.enter(request, reply, model, work, departure);
  if (admitted === null) {
    reply.hijack();
    return null;
  }
  operation.admitted();
  try {
    return await compute(prompt, admitted, departure, request, reply);
  } finally {
    admitted.leave();
  }
}

async function compute(
  prompt: TextsPrompt,
  admitted: Admitted<EmbeddingModel>,
  departure: AbortSignal,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<ComputedVectors | null> {
  const { operation } = request.trail;
  const model = admitted.instance;
  // The name that it came with: the model may be renamed meanwhile.
  const { model: id } = operation.facts;
  const measures = request.server.measures.ofModel(id);
  const prepared = await model.prepareTexts(prompt);
  operation.prepared();
  admitted.promptKnown(prepared.tokens.length);
  const startedMs = performance.now();
  admitted.begin();
  const { tokens, ends } = prepared;
  const outcome = await model.embed({ tokens, ends, maxWaitMs: admitted.remainingMs }, departure);
  // Of a refusal there is nothing to measure, and it has a line of its own.
  if (outcome.status === "refused" && outcome.code !== "model_unhealthy" && !departure.aborted)
    throw refusalOf(outcome.code, admitted);
  const status = endOf(outcome);
  operation.computed(prepared.tokens.length);
  const facts = {
    model: id,
    texts: prepared.ends.length,
    promptTokens: prepared.tokens.length,
    queueMs: tenths(admitted.waitedMs),
    prepareMs: tenths(prepared.prepareMs),
    computeMs: tenths(performance.now() - startedMs),
  };
  request.log.info({ ...facts, status }, model.kind);
  measures.noteTexts(status, {
    waitedMs: admitted.waitedMs,
    prepareMs: prepared.prepareMs,
    durationMs: reply.elapsedTime,
    promptTokens: facts.promptTokens,
  });
  if (departure.aborted) {
    reply.hijack();
    return null;
  }
  if (status === "error") throw failureOf(outcome);
  if (outcome.status !== "done") {
    throw new WeirError("shutting_down", "The server stopped this request because it is shutting down.");
  }
  return { model: id, values: outcome.values, width: model.width, promptTokens: facts.promptTokens };
}

/** An engine that is replaced ends what it ran, as a batch that fails does. */
function endOf(outcome: EmbeddingOutcome): "done" | "cancelled" | "error" {
  if (outcome.status !== "refused") return outcome.status;
  return outcome.code === "model_unhealthy" ? "error" : "cancelled";
}

function failureOf(outcome: EmbeddingOutcome): WeirError {
  return outcome.status === "error" ? new WeirError("engine_failed", outcome.errorMessage) : modelUnhealthy();
}

function refusalOf(code: "queue_timeout" | "shutting_down", admitted: Admitted): WeirError {
  return code === "queue_timeout" ? admitted.timedOut() : shuttingDown();
}

/** Joins an answer that may be large, a few milliseconds at a time. */
export async function joinInTurns(parts: Iterable<string>): Promise<string> {
  const joined: string[] = [];
  let sliceEndsMs = performance.now() + sliceMs;
  for (const part of parts) {
    joined.push(part);
    if (performance.now() < sliceEndsMs) continue;
    await turn();
    sliceEndsMs = performance.now() + sliceMs;
  }
  return joined.join("");
}
