import { once } from "node:events";
import path from "node:path";
import type { FastifyInstance } from "fastify";
import type { ResolvedConfig } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { WeirError } from "../errors.js";
import type { LoadOptions } from "../llama/options.js";
import { ModelRegistry } from "../registry/model-registry.js";
import type { ServedModel } from "../registry/served-model.js";
import { Admission } from "../server/admission.js";
import { buildApp } from "../server/app.js";
import { Connections } from "../server/connections.js";
import { createLogger } from "../telemetry/logger.js";
import { toAdmissionOptions } from "./admission.js";
import { toConnectionOptions } from "./connection-options.js";
import { codeOf } from "./failure.js";
import { onHangup } from "./hangup.js";
import { type BoundAddresses, closeApp, listen } from "./listener.js";
import { liveSettings } from "./live-settings.js";
import { logDestination } from "./log-destination.js";
import { ProgressLine } from "./progress-line.js";
import { readyBanner } from "./ready-banner.js";
import { Reloading } from "./reloading.js";
import { readServingFiles } from "./serving-files.js";
import { weirVersion } from "./version.js";

const reasoningFields = {
  reasoning_content: ["reasoning_content"],
  reasoning: ["reasoning"],
  both: ["reasoning_content", "reasoning"],
} as const;

export interface ServeContext {
  readonly config: Config;
  /** Looks the settings up again, where they were looked up before. */
  readonly reload: () => ResolvedConfig;
  readonly shutdown: AbortSignal;
}

/** How long running requests may go on after the server was asked to end. */
const drainMs = 10_000;
/** How long the clients of those that were cut have to read so. */
const partingMs = 1_000;

/** Serves until `shutdown` is aborted. Listens before it loads, so that /health can say that it is loading. */
export async function serve({ config, reload, shutdown }: ServeContext): Promise<void> {
  const { loadOptions, tlsFiles, keys, addresses: wanted } = await readServingFiles(config);

  const logger = createLogger(config.logLevel, logDestination(process.stderr.fd));
  const models = new ModelRegistry(logger);
  models.rename(config.alias);
  const admission = new Admission(models, toAdmissionOptions(config));
  const connections = new Connections(toConnectionOptions(config));
  const app = buildApp({
    models,
    logger,
    keys,
    admission,
    connections,
    metricsAccess: config.metricsAccess,
    adminAccess: config.adminAccess,
    trustedProxies: config.trustProxy,
    allowedOrigins: config.corsOrigin,
    bodyLimitBytes: config.maxBody,
    heartbeatMs: config.heartbeat,
    logContent: config.logContent,
    acceptsGrammars: config.grammar,
    answerStyle: { reasoningFields: reasoningFields[config.reasoningField] },
    fingerprint: `weir-${weirVersion}`,
  });
  const live = liveSettings({ logger, keys, admission, connections, models });
  const reloading = new Reloading({ running: config, load: reload, live, log: logger });
  const stopReloading = onHangup(() => reloading.reload());
  const death = new AbortController();
  try {
    const addresses = await listen(app, connections, wanted, tlsFiles);
    const onDeath = (reason: string): void => death.abort(reason);
    const model = await load(models, loadOptions, shutdown, onDeath);
    if (model !== null && !shutdown.aborted) process.stdout.write(bannerOf(config, addresses, model));
    const end = AbortSignal.any([shutdown, death.signal]);
    if (!end.aborted) await once(end, "abort");
  } finally {
    stopReloading();
    await close(app, connections, models);
  }
  // Ends the process, so that whoever supervises it starts another one.
  if (death.signal.aborted) {
    throw new WeirError("engine_failed", `the model's engine has died: ${death.signal.reason}`);
  }
}

/** Null when the loading was cut short by the shutdown. */
async function load(
  models: ModelRegistry,
  options: LoadOptions,
  shutdown: AbortSignal,
  onDeath: (reason: string) => void,
): Promise<ServedModel | null> {
  const line = new ProgressLine(process.stdout, `Loading ${path.basename(options.modelPath)}`);
  try {
    const onProgress = (fraction: number): void => line.show(fraction);
    return await models.load(options, { onProgress, onDeath, signal: shutdown });
  } catch (error) {
    if (shutdown.aborted && codeOf(error) === "model_load_aborted") return null;
    throw error;
  } finally {
    line.clear();
  }
}

function bannerOf({ apiKey, keysFile }: Config, addresses: BoundAddresses, model: ServedModel): string {
  // On a terminal it is the user's own key; anywhere else this text ends in a service's log.
  const shown = process.stdout.isTTY ? (apiKey[0] ?? null) : null;
  return readyBanner({
    addresses,
    model: model.id,
    kind: model.kind,
    context: contextOf(model),
    apiKey: apiKey.length > 0 || keysFile !== null ? { shown } : null,
  });
}

function contextOf(model: ServedModel): string {
  const { contextTokens } = model;
  return model.kind === "generation"
    ? `${model.slots} slots × ${contextTokens} tokens`
    : `${contextTokens} tokens a text`;
}

/** Takes no new requests, lets those that run end for a while, then tells their clients and frees the models. */
async function close(app: FastifyInstance, connections: Connections, models: ModelRegistry): Promise<void> {
  models.drain();
  const drained = setTimeout(() => void models.close(), drainMs);
  try {
    await closeApp(app, connections, drainMs + partingMs);
  } finally {
    clearTimeout(drained);
  }
  await models.close();
}
