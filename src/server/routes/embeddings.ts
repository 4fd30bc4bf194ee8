import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { embeddingRequest } from "../../api/openai/embedding-request.js";
import { parseRequest, unknownFields } from "../../api/openai/parse-request.js";
import { embeddingResponseParts, toDimensions } from "../../api/openai/to-embedding-response.js";
import { toEmbeddingPrompt } from "../../api/openai/to-texts-prompt.js";
import type { ServerContext } from "../app-options.js";
import { refuseEarly } from "../early-refusal.js";
import { requireEmbedder } from "../model-kind.js";
import { findModel } from "../model-lookup.js";
import { computeTexts, joinInTurns } from "../text-computation.js";
import { logUnknownFields } from "../unknown-field-log.js";

export function embeddingRoutes(app: FastifyInstance, context: ServerContext): void {
  const { models, admission } = context;
  const onRequest = refuseEarly(context, "vectors");
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const body = parseRequest(embeddingRequest, request.body);
    logUnknownFields(unknownFields(embeddingRequest, body), request.trail.head.path, request.log);
    const model = requireEmbedder(findModel(models, body.model));
    toDimensions(body, model.facts.width); // refused before anything is computed

    const computed = await computeTexts(model, toEmbeddingPrompt(body), body, admission, request, reply);
    if (computed === null) return;
    const text = await joinInTurns(embeddingResponseParts(computed, body));
    return reply.type("application/json; charset=utf-8").send(text);
  };
  app.post("/v1/embeddings", { onRequest }, handler);
  app.post("/embeddings", { onRequest }, handler);
}
