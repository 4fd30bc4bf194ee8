import type { FastifyInstance } from "fastify";
import type { ServerContext } from "../app-options.js";
import { requireLoaded } from "../model-lookup.js";

export const healthPath = "/health";

export function healthRoute(app: FastifyInstance, { models }: ServerContext): void {
  app.get(healthPath, () => {
    requireLoaded(models);
    return { status: "ok" };
  });
}
