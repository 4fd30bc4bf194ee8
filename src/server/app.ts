import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from "fastify";
import { WeirError } from "../errors.js";
import type { Measures } from "../telemetry/measures.js";
import { keepAdminLocal } from "./admin-access.js";
import { requireApiKey } from "./api-keys.js";
import { type AppOptions, toServerContext } from "./app-options.js";
import { type RefusalReport, replyToClientError } from "./client-error.js";
import type { Connections } from "./connections.js";
import { allowOrigins } from "./cors.js";
import { replyWithError } from "./error-reply.js";
import { readJsonBodies } from "./json-body.js";
import { refuseOtherMethods } from "./other-methods.js";
import { requestId, requestIdHeader } from "./request-id.js";
import { beginTrail, keepTrails } from "./request-trails.js";
import { adminRoutes } from "./routes/admin.js";
import { chatCompletionRoutes } from "./routes/chat-completions.js";
import { completionRoutes } from "./routes/completions.js";
import { embeddingRoutes } from "./routes/embeddings.js";
import { healthPaths, healthRoutes } from "./routes/health.js";
import { metricsPath, metricsRoute } from "./routes/metrics.js";
import { modelRoutes } from "./routes/models.js";
import { openapiRoute } from "./routes/openapi.js";
import { propsRoute } from "./routes/props.js";
import { rerankRoutes } from "./routes/rerank.js";
import { slotsRoute } from "./routes/slots.js";
import { swapRoute } from "./routes/swap.js";
import { textRoutes } from "./routes/text.js";
import { trustedProxies } from "./trusted-proxies.js";
import { readRefusedBodies } from "./unread-body.js";

declare module "fastify" {
  interface FastifyInstance {
    measures: Measures;
    reportRefusal: RefusalReport;
  }
  interface FastifyRequest {
    /** How long its body is; 0 where it has none. */
    bodyCharacters: number;
  }
}

/** The whole HTTP side of Weir. It never listens: who calls it does, or injects. */
export function buildApp(options: AppOptions): FastifyInstance {
  const context = toServerContext(options);
  const logger: FastifyBaseLogger = context.logger;
  const app = fastify({
    loggerInstance: logger,
    // One line a request and one a generation take the place of Fastify's two a request.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    genReqId: ({ headers }) => requestId(headers),
    bodyLimit: context.bodyLimitBytes,
    http: context.connections.serverOptions,
    trustProxy: trustedProxies(context.trustedProxies),
    // The routes say it themselves, in OpenAI's shape.
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => replyToClientError(error, socket, app.reportRefusal),
    frameworkErrors: (error, request, reply) => {
      beginTrail(request, reply, context);
      reply.header(requestIdHeader, request.id);
      replyWithError(error, request, reply);
    },
  });

  app.decorate("measures", context.measures);
  app.decorate("reportRefusal", (refusal) => {
    context.measures.countError(refusal.error.code);
    context.requestLog.refused(refusal, logger);
  });
  app.setErrorHandler(replyWithError);
  keepTrails(app, context);
  governConnections(app, context.connections);
  readJsonBodies(app);
  readRefusedBodies(app);
  identifyRequests(app);
  allowOrigins(app, context.allowedOrigins);
  const scrapers = context.metricsAccess === "open" ? [metricsPath] : [];
  requireApiKey(app, context.keys, [...healthPaths, ...scrapers]);
  if (context.adminAccess === "loopback") keepAdminLocal(app);
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
    healthRoutes(app, context);
    adminRoutes(app, context);
    swapRoute(app, context);
    metricsRoute(app, context);
    openapiRoute(app);
  });
  return app;
}

function governConnections(app: FastifyInstance, connections: Connections): void {
  connections.govern(app.server, app.reportRefusal);
  app.addHook("onRequest", async ({ raw }, reply) => {
    const { limit } = connections;
    if (!limit.isBeyond(raw.socket)) return;
    reply.header("connection", "close");
    throw new WeirError(
      "too_many_connections",
      `The server has ${limit.max} connections open, which is the limit: close some, or try again.`,
    );
  });
  // Fastify says so to those that come from now on; this is for those that are being answered.
  app.addHook("onSend", async (_request, reply) => {
    if (connections.isDraining) reply.header("connection", "close");
  });
  app.addHook("preClose", async () => connections.drain());
  app.addHook("onClose", () => connections.closed());
}

function identifyRequests(app: FastifyInstance): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.header(requestIdHeader, request.id);
    if (request.raw.httpVersion === "1.1" && request.headers.host === undefined)
      throw new WeirError("invalid_http", "The request has no Host header, which HTTP/1.1 requires.");
  });
}

function refuseUnknownRoutes(app: FastifyInstance): void {
  app.setNotFoundHandler(({ method, url }) => {
    throw new WeirError("route_not_found", `There is no ${method} ${url.split("?", 1)[0]} here.`);
  });
}
