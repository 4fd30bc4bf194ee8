import { setTimeout as pause } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Config } from "../config/schema.js";
import { WeirError } from "../errors.js";
import type { ModelRegistry } from "../registry/model-registry.js";
import type { Connections } from "../server/connections.js";
import type { Readiness } from "../server/readiness.js";
import { tracingClosingMs } from "../telemetry/tracing.js";
import { closeApp } from "./listener.js";

/** How long the clients of those that were cut have to read so. */
const partingMs = 2_000;
/** What freeing a model takes, generously. */
const freeingMs = 5_000;

/** From the signal to the end of the process. */
export function longestEndMs({ drainDelay, drainTimeout }: Config, hasTracing: boolean): number {
  return drainDelay + drainTimeout + partingMs + freeingMs + (hasTracing ? tracingClosingMs : 0);
}

/** Tells load balancers to go elsewhere, and serves on until they had the time to notice. `signal` cuts that short. */
export async function leave(
  app: FastifyInstance,
  readiness: Readiness,
  delayMs: number,
  signal: AbortSignal,
): Promise<void> {
  readiness.leave();
  app.log.info(`going away: not ready any more, accepting for ${delayMs / 1000} s`);
  // Rejects where the signal aborts.
  if (delayMs > 0) await pause(delayMs, undefined, { signal }).catch(() => {});
}

/**
 * Takes no new requests, lets those that run end within `drainMs`, then tells their clients and frees the models.
 *
 * @throws WeirError `engine_failed` where an engine hangs and can't be freed
 */
export async function close(
  app: FastifyInstance,
  connections: Connections,
  models: ModelRegistry,
  drainMs: number,
): Promise<void> {
  models.drain();
  // A start that failed has nothing to drain.
  if (models.list().length > 0)
    app.log.info(`draining: nothing is accepted any more, running answers have ${drainMs / 1000} s`);
  const drained = setTimeout(() => {
    app.log.warn(`drain-timeout, ${drainMs / 1000} s, is over: what still runs is ended`);
    void models.close();
  }, drainMs);
  try {
    await closeApp(app, connections, drainMs + partingMs);
  } finally {
    clearTimeout(drained);
  }
  const freed = models.close().then(() => true);
  if (await Promise.race([freed, pause(freeingMs, false, { ref: false })])) return;
  const what = `an engine hangs: it has not ended within ${freeingMs / 1000} s, and the process ends without it`;
  throw new WeirError("engine_failed", what);
}
