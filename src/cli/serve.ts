import { once } from "node:events";
import type { ResolvedConfig } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { WeirError } from "../errors.js";
import type { ModelPlan } from "../placement/plan.js";
import { ModelRegistry, type StartHooks } from "../registry/model-registry.js";
import type { ModelSpec } from "../registry/model-spec.js";
import type { ServedModel } from "../registry/served-model.js";
import { Admission } from "../server/admission.js";
import { buildApp } from "../server/app.js";
import { Connections } from "../server/connections.js";
import { Readiness } from "../server/readiness.js";
import { RequestLog } from "../server/request-log.js";
import { createLogger } from "../telemetry/logger.js";
import { startTracing } from "../telemetry/start-tracing.js";
import { toAdmissionOptions } from "./admission.js";
import { toConnectionOptions } from "./connection-options.js";
import { codeOf } from "./failure.js";
import { onHangup } from "./hangup.js";
import { type BoundAddresses, listen } from "./listener.js";
import { liveSettings } from "./live-settings.js";
import { modelLocator } from "./located-model.js";
import { logDestination } from "./log-destination.js";
import { toHubOptions } from "./models/library-settings.js";
import { placementText } from "./placement-table.js";
import { ProgressLine } from "./progress-line.js";
import { type ReadyModel, readyBanner } from "./ready-banner.js";
import { Reloading } from "./reloading.js";
import { toRequestLogOptions } from "./request-log-options.js";
import type { ServiceNotifier, SupervisorEnvironment } from "./service-notifier.js";
import { readServingFiles } from "./serving-files.js";
import { close, leave, longestEndMs } from "./shutdown.js";
import { servingText, supervisorOf } from "./supervision.js";
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
  /** Where a supervisor says how it wants to be told. */
  readonly environment: SupervisorEnvironment;
  readonly shutdown: AbortSignal;
}

/** Serves until `shutdown` is aborted. Listens before it loads, so that /health can say that it is loading. */
export async function serve({ config, reload, environment, shutdown }: ServeContext): Promise<void> {
  const hub = toHubOptions(config, environment, shutdown);
  const files = await readServingFiles(config, hub).catch((thrown: unknown) => {
    if (shutdown.aborted) return null;
    throw thrown;
  });
  // Asked to end while it pulled its model, which it goes on with at the next start.
  if (files === null) return;
  const { specs, tlsFiles, keys, addresses: wanted } = files;

  const logger = createLogger(config.logLevel, logDestination(process.stderr.fd));
  const models = new ModelRegistry(logger, {
    memoryLimitBytes: config.memoryLimit || null,
    mostLoaded: config.modelsMax,
  });
  const admission = new Admission(models, toAdmissionOptions(config));
  const connections = new Connections(toConnectionOptions(config));
  const readiness = new Readiness(models);
  const requestLog = new RequestLog(toRequestLogOptions(config));
  const tracingOptions = { endpoint: config.otlpEndpoint, version: weirVersion, log: logger };
  const tracing = await startTracing(tracingOptions, process.env);
  const app = buildApp({
    models,
    logger,
    keys,
    admission,
    connections,
    readiness,
    requestLog,
    tracing,
    metricsAccess: config.metricsAccess,
    adminAccess: config.adminAccess,
    trustedProxies: config.trustProxy,
    allowedOrigins: config.corsOrigin,
    bodyLimitBytes: config.maxBody,
    heartbeatMs: config.heartbeat,
    logContent: config.logContent,
    acceptsGrammars: config.grammar,
    locateModel: modelLocator(config.modelsDir),
    answerStyle: { reasoningFields: reasoningFields[config.reasoningField] },
    fingerprint: `weir-${weirVersion}`,
  });
  const live = liveSettings({ logger, keys, admission, connections, models, requestLog });
  const reloading = new Reloading({ running: config, load: reload, live, log: logger });
  const supervisor = await supervisorOf(environment, models, config, logger);
  const stopReloading = onHangup(() => {
    if (models.state === "loading") return reloading.reload();
    supervisor.reloading();
    reloading.reload();
    supervisor.ready(servingText(models));
  });
  const death = new AbortController();
  try {
    const addresses = await listen(app, connections, wanted, tlsFiles);
    const onDeath = (reason: string): void => death.abort(reason);
    const onUnhealthy = (reason: string, isReplaced: boolean): void => {
      const next = isReplaced ? "a fresh one takes its place" : "it is given up";
      supervisor.status(`The engine has failed (${reason}), and ${next}`);
    };
    const onHealthy = (): void => supervisor.status(servingText(models));
    const hooks = { onDeath, onUnhealthy, onHealthy, signal: shutdown };
    const served = await load(models, specs, supervisor, hooks);
    if (served !== null && !shutdown.aborted) {
      process.stdout.write(bannerOf(config, addresses, served));
      supervisor.ready(servingText(models));
      supervisor.watch(() => models.respond());
    }
    const end = AbortSignal.any([shutdown, death.signal]);
    if (!end.aborted) await once(end, "abort");
    supervisor.stopping("Going away", longestEndMs(config, tracing !== null));
    if (served !== null) await leave(app, readiness, config.drainDelay, death.signal);
  } finally {
    supervisor.close();
    try {
      await close(app, connections, models, config.drainTimeout);
    } finally {
      // Not before: SIGHUP would end the process, and what runs.
      stopReloading();
      // Last: what was cut has ended by now.
      await tracing?.close();
    }
  }
  // Ends the process, so that whoever supervises it starts another one.
  if (death.signal.aborted) {
    throw new WeirError("engine_failed", `the model's engine has died: ${death.signal.reason}`);
  }
}

/** Null when the loading was cut short by the shutdown. */
async function load(
  models: ModelRegistry,
  specs: readonly ModelSpec[],
  supervisor: ServiceNotifier,
  hooks: StartHooks & { readonly signal: AbortSignal },
): Promise<readonly ServedModel[] | null> {
  const lines = new Map<string, ProgressLine>();
  try {
    const onLoading = ({ id }: ServedModel, fraction: number): void => {
      const line = lines.get(id) ?? new ProgressLine(process.stdout, `Loading ${id}`);
      lines.set(id, line);
      line.show(fraction);
      supervisor.progress(`Loading ${id}: ${Math.floor(fraction * 100)} %`);
    };
    const onPlaced = ({ id }: ServedModel, plans: readonly ModelPlan[]): void => {
      process.stdout.write(`${placementText(id, plans)}\n`);
    };
    return await models.start(specs, { ...hooks, onLoading, onPlaced });
  } catch (error) {
    if (hooks.signal.aborted && codeOf(error) === "model_load_aborted") return null;
    throw error;
  } finally {
    for (const line of lines.values()) line.clear();
  }
}

function bannerOf(
  { apiKey, keysFile }: Config,
  addresses: BoundAddresses,
  [first, ...others]: readonly ServedModel[],
): string {
  if (first === undefined) return "";
  // On a terminal it is the user's own key; anywhere else this text ends in a service's log.
  const shown = process.stdout.isTTY ? (apiKey[0] ?? null) : null;
  return readyBanner({
    addresses,
    models: [readyModel(first), ...others.map(readyModel)],
    apiKey: apiKey.length > 0 || keysFile !== null ? { shown } : null,
  });
}

function readyModel(model: ServedModel): ReadyModel {
  return { id: model.id, kind: model.kind, context: contextOf(model) };
}

function contextOf({ state, facts }: ServedModel): string {
  const { kind, slots, contextTokens } = facts;
  const size =
    kind === "generation" ? `${slots} slots × ${contextTokens} tokens` : `${contextTokens} tokens a text`;
  return state === "unloaded" ? `${size}, loaded when it is asked for` : size;
}
