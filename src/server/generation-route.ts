import { randomInt } from "node:crypto";
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import type { AnswerIdentity } from "../api/openai/answer.js";
import type { GenerationFields } from "../api/openai/generation-fields.js";
import type { GenerationFormat } from "../api/openai/generation-format.js";
import { parseRequest, unknownFields } from "../api/openai/parse-request.js";
import { toGenerationRequest } from "../api/openai/to-generation-request.js";
import type { GenerationSink } from "../engine/generation.js";
import type { ServerContext } from "./app-options.js";
import { collectAnswer } from "./collected-answer.js";
import { departureOf } from "./departure.js";
import { EventStream } from "./event-stream.js";
import { failureOf } from "./generation-failure.js";
import { logGeneration } from "./generation-log.js";
import { requireGenerator } from "./model-kind.js";
import { findModel } from "./model-lookup.js";
import { compactUuid } from "./request-id.js";
import { streamAnswer } from "./streamed-answer.js";
import { logUnknownFields } from "./unknown-field-log.js";

/** llama.cpp gives the last one, 2^32 - 1, a meaning of its own. */
const seeds = 2 ** 32 - 1;

/** The handler of a route that generates text in the given wire format. */
export function generationHandler<Request extends GenerationFields>(
  format: GenerationFormat<Request>,
  context: ServerContext,
): RouteHandlerMethod {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const body = parseRequest<Request>(format.schema, request.body);
    logUnknownFields(unknownFields(format.schema, body), request.url, request.log);
    const model = requireGenerator(findModel(context.models, body.model));
    const departure = departureOf(request.raw, reply.raw);

    const prompt = format.toPrompt(body);
    const prepared = await model.preparePrompt(prompt);
    if (departure.aborted) {
      request.log.debug("client left before its prompt was ready");
      return nobodyToAnswer(reply);
    }

    const generation = toGenerationRequest(body, prepared, model, {
      promptField: format.promptField,
      randomSeed: randomInt(seeds),
      tenant: request.tenant,
    });
    const identity = newIdentity(format.idPrefix, model.id);
    const stream = body.stream === true;
    const submit = (sink: GenerationSink): void => {
      const facts = { model: model.id, stream, prepareMs: prepared.prepareMs };
      const handle = model.generate(generation, logGeneration(sink, facts, prompt, request.log, context));
      departure.addEventListener("abort", () => handle.cancel(), { once: true });
    };

    if (stream) {
      const frames = format.toStream(identity, body, prepared.reasoning);
      const events = new EventStream(reply, context.heartbeatMs, frames.open());
      return streamAnswer(frames, events, submit, request);
    }
    const { text, outcome } = await collectAnswer(submit);
    if (departure.aborted) return nobodyToAnswer(reply);
    const failure = failureOf(outcome);
    if (failure !== null) throw failure;
    return format.toResponse(identity, text, prepared.reasoning, outcome);
  };
}

/** Keeps Fastify from answering on a closed connection. */
function nobodyToAnswer(reply: FastifyReply): void {
  reply.hijack();
}

function newIdentity(prefix: string, model: string): AnswerIdentity {
  return { id: prefix + compactUuid(), createdSeconds: Math.floor(Date.now() / 1000), model };
}
