import type { FastifyInstance } from "fastify";
import { openapiDocument } from "../../api/openai/openapi-document.js";

export function openapiRoute(app: FastifyInstance): void {
  const document = JSON.stringify(openapiDocument());
  app.get("/openapi.json", (_request, reply) => reply.type("application/json; charset=utf-8").send(document));
}
