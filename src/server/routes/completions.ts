import type { FastifyInstance } from "fastify";
import { completionFormat } from "../../api/openai/generation-format.js";
import type { ServerContext } from "../app-options.js";
import { generationHandler } from "../generation-route.js";

export function completionRoutes(app: FastifyInstance, context: ServerContext): void {
  const handler = generationHandler(completionFormat, context);
  app.post("/v1/completions", handler);
  app.post("/completions", handler);
}
