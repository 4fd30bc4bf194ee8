import { once } from "node:events";
import path from "node:path";
import type { ResolvedConfig } from "../config/load.js";
import type { Config } from "../config/schema.js";
import { WeirError } from "../errors.js";
import type { LoadOptions } from "../llama/options.js";
import type { ModelPlan } from "../placement/plan.js";
import type { LoadHooks } from "../registry/loaded-instance.js";
import { ModelRegistry } from "../registry/model-registry.js";
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
import { locateModel } from "./located-model.js";
import { logDestination } from "./log-destination.js";
import { placementText } from "./placement-table.js";
import { ProgressLine } from "./progress-line.js";
import { readyBanner } from "./ready-banner.js";
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
  const { loadOptions, tlsFiles, keys, addresses: wanted } = await readServingFiles(config);

  const logger = createLogger(config.logLevel, logDestination(process.stderr.fd));
  const models = new ModelRegistry(logger, config.memoryLimit || null);
  models.rename(config.alias);
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
    locateModel,
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
    const model = await load(models, loadOptions, supervisor, hooks);
    if (model !== null && !shutdown.aborted) {
      process.stdout.write(bannerOf(config, addresses, model));
      supervisor.ready(servingText(models));
      supervisor.watch(() => models.respond());
    }
    const end = AbortSignal.any([shutdown, death.signal]);
    if (!end.aborted) await once(end, "abort");
    supervisor.stopping("Going away", longestEndMs(config, tracing !== null));
    if (model !== null) await leave(app, readiness, config.drainDelay, death.signal);
  } finally {
    supervisor.close();
    await close(app, connections, models, config.drainTimeout);
    // Not before: SIGHUP would end the process, and what runs.
    stopReloading();
    // Last: what was cut has ended by now.
    await tracing?.close();
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
  supervisor: ServiceNotifier,
  hooks: LoadHooks & { readonly signal: AbortSignal },
): Promise<ServedModel | null> {
  const what = `Loading ${path.basename(options.modelPath)}`;
  const line = new ProgressLine(process.stdout, what);
  try {
    const onProgress = (fraction: number): void => {
      line.show(fraction);
      supervisor.progress(`${what}: ${Math.floor(fraction * 100)} %`);
    };
    const onPlaced = (plans: readonly ModelPlan[]): void => {
      process.stdout.write(`${placementText(path.basename(options.modelPath), plans)}\n`);
    };
    return await models.load(options, { ...hooks, onProgress, onPlaced });
  } catch (error) {
    if (hooks.signal.aborted && codeOf(error) === "model_load_aborted") return null;
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
  const { kind, slots, contextTokens } = model.facts;
  return kind === "generation"
    ? `${slots} slots × ${contextTokens} tokens`
    : `${contextTokens} tokens a text`;
}
