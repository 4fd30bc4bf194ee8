import type { FastifyInstance } from "fastify";
import { toModelCard, toModelList } from "../../api/openai/to-model-card.js";
import type { ServerContext } from "../app-options.js";
import { findModel, requireLoaded } from "../model-lookup.js";

export function modelRoutes(app: FastifyInstance, { models }: ServerContext): void {
  for (const path of ["/v1/models", "/models"]) {
    app.get(path, () => {
      const served = models.list();
      // While the first model loads, an empty list would be a wrong answer.
      if (served.length === 0) requireLoaded(models);
      return toModelList(served);
    });
    // A wildcard, since ids may contain slashes.
    app.get<{ Params: { "*": string } }>(`${path}/*`, ({ params }) =>
      toModelCard(findModel(models, params["*"])),
    );
  }
}
