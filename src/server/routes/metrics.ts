import type { FastifyInstance } from "fastify";
import type { ServedModel } from "../../registry/served-model.js";
import { EventLoopMonitor } from "../../telemetry/event-loop.js";
import { MetricRegistry } from "../../telemetry/metric-registry.js";
import { processMetrics } from "../../telemetry/process-metrics.js";
import type { ModelSnapshot, Snapshot } from "../../telemetry/snapshot.js";
import { requireAdmin } from "../admin-access.js";
import type { Admission } from "../admission.js";
import type { ServerContext } from "../app-options.js";
import { EngineReports } from "../engine-reports.js";

export const metricsPath = "/metrics";

/** For Prometheus. Answers in every state of the models: it is then that somebody looks. */
export function metricsRoute(app: FastifyInstance, context: ServerContext): void {
  const { models, readiness, admission, connections, measures, keys, metricsAccess, fingerprint } = context;
  const registry = new MetricRegistry();
  const eventLoop = new EventLoopMonitor();
  const engines = new EngineReports();
  app.addHook("onReady", async () => eventLoop.start());
  app.addHook("onClose", async () => eventLoop.stop());

  async function snapshot(): Promise<Snapshot> {
    // Read before the engines are asked, which may take their time.
    const reading = eventLoop.read();
    const all = await Promise.all(models.list().map((model) => snapshotOf(model, admission, engines)));
    // A name is a label, and no series may come twice.
    const served = [...new Map(all.map((model) => [model.name, model])).values()];
    for (const { name } of served) measures.ofModel(name);
    return {
      version: fingerprint,
      state: readiness.state,
      progress: models.progress,
      models: served,
      measures,
      connections: { open: connections.limit.open, max: connections.limit.max },
      eventLoop: reading,
    };
  }

  app.get(metricsPath, async (request, reply) => {
    if (metricsAccess === "admin") requireAdmin(request, keys);
    const own = await registry.text(await snapshot());
    reply.type(registry.contentType);
    return `${own}\n${await processMetrics()}`;
  });
}

async function snapshotOf(
  model: ServedModel,
  admission: Admission,
  engines: EngineReports,
): Promise<ModelSnapshot> {
  const { engine, ageSeconds, cacheUse } = await engines.of(model);
  const { facts } = model;
  return {
    name: model.id,
    state: model.state,
    kind: facts.kind,
    fileName: facts.fileName,
    llamaCppRelease: facts.llamaCppRelease,
    capacityTokens: facts.slots * facts.contextTokens,
    memory: facts.memory,
    cacheUse,
    lanes: admission.load(model),
    engine,
    engineAgeSeconds: ageSeconds,
  };
}
