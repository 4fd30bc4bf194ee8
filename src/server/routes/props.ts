import type { FastifyInstance } from "fastify";
import { parseRequest } from "../../api/openai/parse-request.js";
import { propsQuery, toProps } from "../../api/openai/props.js";
import type { ServerContext } from "../app-options.js";
import { findModel } from "../model-lookup.js";

export function propsRoute(app: FastifyInstance, { models, fingerprint }: ServerContext): void {
  app.get("/props", async ({ query }) => {
    const model = findModel(models, parseRequest(propsQuery, query).model);
    return toProps(model, await model.describe(), fingerprint);
  });
}
