import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from "fastify";
import type { z } from "zod";
import { chatRequest } from "../../api/openai/chat-request.js";
import { parseRequest, unknownFields } from "../../api/openai/parse-request.js";
import {
  detokenizeRequest,
  toDetokenizeTask,
  tokenizeRequest,
  toRenderTask,
  toTokenizeTask,
} from "../../api/openai/text-requests.js";
import type { TextTask } from "../../prompt/text-task.js";
import type { Work } from "../admission.js";
import type { ServerContext } from "../app-options.js";
import { departureOf } from "../departure.js";
import { findModel } from "../model-lookup.js";
import { logUnknownFields } from "../unknown-field-log.js";

/** llama-server's routes for text that nobody generates from. */
export function textRoutes(app: FastifyInstance, context: ServerContext): void {
  app.post("/tokenize", textHandler(tokenizeRequest, toTokenizeTask, context));
  app.post("/detokenize", textHandler(detokenizeRequest, toDetokenizeTask, context));
  app.post("/apply-template", textHandler(chatRequest, toRenderTask, context));
}

const work: Work = { lane: "texts", user: "", places: 1, answers: 0, mostAnswerTokens: null };

function textHandler<Request extends { readonly model?: string | null | undefined }>(
  schema: z.ZodObject & z.ZodType<Request>,
  toTask: (request: Request) => TextTask,
  { models, admission }: ServerContext,
): RouteHandlerMethod {
  return async (request: FastifyRequest, reply) => {
    const body = parseRequest<Request>(schema, request.body);
    logUnknownFields(unknownFields(schema, body), request.trail.head.path, request.log);
    const model = findModel(models, body.model);
    request.trail.model = model.id;
    const departure = departureOf(request.raw, reply.raw);
    const admitted = await admission.enter(request, reply, model, work, departure);
    if (admitted === null) return reply.hijack();
    try {
      admitted.begin();
      admitted.textServed();
      const json = await admitted.instance.answerText(toTask(body));
      if (departure.aborted) return reply.hijack();
      return reply.type("application/json; charset=utf-8").send(json);
    } finally {
      admitted.leave();
    }
  };
}
