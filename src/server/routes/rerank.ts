import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { parseRequest, unknownFields } from "../../api/openai/parse-request.js";
import { rerankRequest } from "../../api/openai/rerank-request.js";
import { toRerankResponse } from "../../api/openai/to-rerank-response.js";
import { toRerankPrompt } from "../../api/openai/to-texts-prompt.js";
import type { ServerContext } from "../app-options.js";
import { refuseEarly } from "../early-refusal.js";
import { requireReranker } from "../model-kind.js";
import { findModel } from "../model-lookup.js";
import { computeTexts } from "../text-computation.js";
import { logUnknownFields } from "../unknown-field-log.js";

/** Jina's and Cohere's path, and the others that llama-server has for it. */
const paths = ["/v1/rerank", "/rerank", "/v1/reranking", "/reranking"];

export function rerankRoutes(app: FastifyInstance, context: ServerContext): void {
  const { models, admission } = context;
  const onRequest = refuseEarly(context, "vectors");
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    const body = parseRequest(rerankRequest, request.body);
    logUnknownFields(unknownFields(rerankRequest, body), request.trail.head.path, request.log);
    const model = requireReranker(findModel(models, body.model));
    const computed = await computeTexts(model, toRerankPrompt(body), body, admission, request, reply);
    if (computed === null) return;
    return toRerankResponse(computed, body);
  };
  for (const path of paths) app.post(path, { onRequest }, handler);
}
