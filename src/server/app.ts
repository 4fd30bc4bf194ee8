import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from "fastify";
import { WeirError } from "../errors.js";
import { requireApiKey } from "./api-keys.js";
import { type AppOptions, toServerContext } from "./app-options.js";
import { replyToClientError } from "./client-error.js";
import { replyWithError } from "./error-reply.js";
import { readJsonBodies } from "./json-body.js";
import { refuseOtherMethods } from "./other-methods.js";
import { requestId, requestIdHeader } from "./request-id.js";
import { adminRoutes } from "./routes/admin.js";
import { chatCompletionRoutes } from "./routes/chat-completions.js";
import { completionRoutes } from "./routes/completions.js";
import { embeddingRoutes } from "./routes/embeddings.js";
import { healthPath, healthRoute } from "./routes/health.js";
import { modelRoutes } from "./routes/models.js";
import { openapiRoute } from "./routes/openapi.js";
import { propsRoute } from "./routes/props.js";
import { rerankRoutes } from "./routes/rerank.js";
import { slotsRoute } from "./routes/slots.js";
import { textRoutes } from "./routes/text.js";
import { closeUnusedConnections } from "./unused-connections.js";

declare module "fastify" {
  interface FastifyRequest {
    /** How long its body is; 0 where it has none. */
    bodyCharacters: number;
  }
}

/** A client has this long to send a request, its body included; the answer may take any time. */
const requestTimeoutMs = 120_000;

/** The whole HTTP side of Weir. It never listens: who calls it does, or injects. */
export function buildApp(options: AppOptions): FastifyInstance {
  const context = toServerContext(options);
  const logger: FastifyBaseLogger = context.logger;
  const app = fastify({
    loggerInstance: logger,
    // One line a generation takes the place of Fastify's two a request.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    genReqId: ({ headers }) => requestId(headers),
    bodyLimit: context.bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    // The routes say it themselves, in OpenAI's shape.
    return503OnClosing: false,
    clientErrorHandler: replyToClientError,
    frameworkErrors: (error, request, reply) => {
      reply.header(requestIdHeader, request.id);
      replyWithError(error, request, reply);
    },
  });

  app.setErrorHandler(replyWithError);
  closeUnusedConnections(app);
  readJsonBodies(app);
  identifyRequests(app);
  requireApiKey(app, context.keys, [healthPath]);
  refuseUnknownRoutes(app);
  // Before the server stops listening, and waits for those that wait.
  app.addHook("preClose", async () => context.admission.close());
  refuseOtherMethods(app, () => {
    chatCompletionRoutes(app, context);
    completionRoutes(app, context);
    textRoutes(app, context);
    embeddingRoutes(app, context);
    rerankRoutes(app, context);
    modelRoutes(app, context);
    propsRoute(app, context);
    slotsRoute(app, context);
    healthRoute(app, context);
    adminRoutes(app, context);
    openapiRoute(app);
  });
  return app;
}

function identifyRequests(app: FastifyInstance): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.header(requestIdHeader, request.id);
  });
  app.addHook("onResponse", async (request, reply) => {
    const { method, url } = request;
    request.log.debug(
      { method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      "answered",
    );
  });
}

function refuseUnknownRoutes(app: FastifyInstance): void {
  app.setNotFoundHandler(({ method, url }) => {
    throw new WeirError("route_not_found", `There is no ${method} ${url.split("?", 1)[0]} here.`);
  });
}
