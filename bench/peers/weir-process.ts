/** Weir as a server in a process of its own, as cli/serve.ts makes one, with a channel to ask for its counters. */
import { pino } from "pino";
import type { LoadOptions } from "#weir/llama/options.js";
import { ModelRegistry } from "#weir/registry/model-registry.js";
import { buildApp } from "#weir/server/app.js";
import { createLogger } from "#weir/telemetry/logger.js";

/** Runner to Weir. The first order is `start`. */
export type WeirOrder =
  | {
      readonly type: "start";
      readonly options: LoadOptions;
      readonly countGraphs: boolean;
      readonly q8Products: boolean;
      /** A file that the engine thread writes every step's plan to. */
      readonly planLog: string | null;
    }
  | { readonly type: "counters" };

export type WeirReply =
  | { readonly type: "listening"; readonly url: string }
  | { readonly type: "counters"; readonly counters: Record<string, number> };

const logger = createLogger("info", pino.destination(process.stderr.fd));
const models = new ModelRegistry(logger);
const app = buildApp({ models, logger });
const reply = (message: WeirReply): void => void process.send?.(message);

process.on("message", (order: WeirOrder) => void obey(order));
process.on("disconnect", () => process.exit(1)); // the runner has died
process.on("SIGTERM", () => void close());

async function obey(order: WeirOrder): Promise<void> {
  if (order.type === "start") {
    const { countGraphs, q8Products, planLog } = order;
    const hooks = { countGraphs, q8Products, ...(planLog !== null && { planLog }) };
    await models.load(order.options, hooks);
    reply({ type: "listening", url: await app.listen({ host: "127.0.0.1", port: 0 }) });
  } else {
    const counters = await models.list()[0]?.instances[0]?.stats();
    reply({ type: "counters", counters: { ...counters } });
  }
}

async function close(): Promise<void> {
  await models.close();
  app.server.closeAllConnections();
  await app.close();
  process.exit(0);
}
