import type { FastifyInstance } from "fastify";
import { chatFormat } from "../../api/openai/generation-format.js";
import type { ServerContext } from "../app-options.js";
import { refuseEarly } from "../early-refusal.js";
import { generationHandler } from "../generation-route.js";

export function chatCompletionRoutes(app: FastifyInstance, context: ServerContext): void {
  const onRequest = refuseEarly(context, "answers");
  const handler = generationHandler(chatFormat, context);
  app.post("/v1/chat/completions", { onRequest }, handler);
  app.post("/chat/completions", { onRequest }, handler);
}
