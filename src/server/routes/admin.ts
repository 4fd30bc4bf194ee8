import type { FastifyInstance } from "fastify";
import {
  type QueueReport,
  type SlotReport,
  toQueueReport,
  toSlotReport,
  toUsageReport,
  type UsageReport,
} from "../../api/openai/admin-reports.js";
import { type ModelReport, toModelReport } from "../../api/openai/model-reports.js";
import { requireAdmin } from "../admin-access.js";
import type { ServerContext } from "../app-options.js";
import { isGenerator } from "../model-kind.js";
import { slotTableOf } from "../slot-table.js";

/** What administrators see: numbers and the names of keys. */
export function adminRoutes(app: FastifyInstance, { models, admission, keys }: ServerContext): void {
  app.get("/admin/usage", (request): UsageReport => {
    requireAdmin(request, keys);
    const known = new Map(keys.keys.map((key) => [key.id, key]));
    const data = admission.usage().map(([id, usage]) => toUsageReport(id, usage, known.get(id) ?? null));
    return { object: "list", data };
  });
  app.get("/admin/queue", (request): QueueReport => {
    requireAdmin(request, keys);
    const data = models.list().map((model) => toQueueReport(model.id, admission.status(model)));
    return { object: "list", data };
  });
  app.get("/admin/models", (request): ModelReport => {
    requireAdmin(request, keys);
    return { object: "list", data: models.list().map(toModelReport) };
  });
  app.get("/admin/slots", async (request): Promise<SlotReport> => {
    requireAdmin(request, keys);
    const generators = models.list().filter(isGenerator);
    const tables = generators.map(async (model) => toSlotReport(model.id, await slotTableOf(model)));
    return { object: "list", data: await Promise.all(tables) };
  });
}
