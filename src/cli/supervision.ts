import type { Logger } from "pino";
import type { Config } from "../config/schema.js";
import type { ModelRegistry } from "../registry/model-registry.js";
import { notifySocketOf, ServiceNotifier, type SupervisorEnvironment } from "./service-notifier.js";

/**
 * The supervisor that the environment names; one that hears nothing where it names none.
 *
 * @throws WeirError `backend_unavailable`, `addon_unavailable`: its addon sends what is said
 */
export async function supervisorOf(
  environment: SupervisorEnvironment,
  models: ModelRegistry,
  { gpu }: Config,
  logger: Logger,
): Promise<ServiceNotifier> {
  const isAsked = notifySocketOf(environment) !== null;
  const addon = isAsked ? (await models.openVariant(gpu)).addon : null;
  return new ServiceNotifier({
    environment,
    send: (socketPath, text) => addon?.sendDatagram(socketPath, text) ?? false,
    warn: (message) => logger.warn(message),
  });
}

/** What is said of a server that is ready. */
export function servingText(models: ModelRegistry): string {
  return `Serving ${models
    .list()
    .map(({ id }) => id)
    .join(", ")}`;
}
