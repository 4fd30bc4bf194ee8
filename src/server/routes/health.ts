import type { FastifyInstance } from "fastify";
import type { Health, Liveness } from "../../api/openai/responses.js";
import type { ServerContext } from "../app-options.js";

const livePath = "/health/live";
/** For load balancers; the first is older. */
const readyPaths = ["/health", "/health/ready"];

/** Whoever watches the server has no key. */
export const healthPaths: readonly string[] = [livePath, ...readyPaths];

export function healthRoutes(app: FastifyInstance, { readiness }: ServerContext): void {
  app.get(livePath, (): Liveness => ({ status: "ok", state: readiness.state }));
  for (const path of readyPaths) {
    app.get(path, (): Health => {
      readiness.require();
      const { failedModels } = readiness;
      return { status: "ok", ...(failedModels === 0 ? {} : { failed_models: failedModels }) };
    });
  }
}
