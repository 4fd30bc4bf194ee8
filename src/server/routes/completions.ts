import type { FastifyInstance } from "fastify";
import { completionFormat, llamaCompletionFormat } from "../../api/openai/generation-format.js";
import type { ServerContext } from "../app-options.js";
import { refuseEarly } from "../early-refusal.js";
import { generationHandler } from "../generation-route.js";

export function completionRoutes(app: FastifyInstance, context: ServerContext): void {
  const onRequest = refuseEarly(context, "answers");
  const handler = generationHandler(completionFormat, context);
  app.post("/v1/completions", { onRequest }, handler);
  app.post("/completions", { onRequest }, handler);
  app.post("/completion", { onRequest }, generationHandler(llamaCompletionFormat, context));
}
