import { once } from "node:events";
import path from "node:path";
import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { toLoadOptions } from "../config/load-options.js";
import type { Config } from "../config/schema.js";
import type { LoadOptions } from "../llama/options.js";
import { ModelRegistry } from "../registry/model-registry.js";
import type { ServedModel } from "../registry/served-model.js";
import { buildApp } from "../server/app.js";
import { createLogger } from "../telemetry/logger.js";
import { codeOf } from "./failure.js";
import { closeApp, listen } from "./listener.js";
import { checkModelFile } from "./model-file.js";
import { ProgressLine } from "./progress-line.js";
import { readyBanner } from "./ready-banner.js";

/** Serves until `shutdown` is aborted. Listens before it loads, so that /health can say that it is loading. */
export async function serve(config: Config, shutdown: AbortSignal): Promise<void> {
  const loadOptions = toLoadOptions(config);
  await checkModelFile(loadOptions.modelPath);

  const logger = createLogger(config.logLevel, pino.destination(process.stderr.fd));
  const models = new ModelRegistry(logger);
  const app = buildApp({ models, logger, apiKeys: config.apiKey });
  try {
    const port = await listen(app, config);
    const model = await load(models, loadOptions, shutdown);
    if (model !== null) process.stdout.write(bannerOf(config, port, model));
    if (!shutdown.aborted) await once(shutdown, "abort");
  } finally {
    await close(app, models);
  }
}

/** Null when the loading was cut short by the shutdown. */
async function load(
  models: ModelRegistry,
  options: LoadOptions,
  shutdown: AbortSignal,
): Promise<ServedModel | null> {
  const line = new ProgressLine(process.stdout, `Loading ${path.basename(options.modelPath)}`);
  try {
    return await models.load(options, { onProgress: (fraction) => line.show(fraction), signal: shutdown });
  } catch (error) {
    if (shutdown.aborted && codeOf(error) === "model_load_aborted") return null;
    throw error;
  } finally {
    line.clear();
  }
}

function bannerOf({ host, apiKey }: Config, port: number, model: ServedModel): string {
  const { id, slots, contextTokens } = model;
  return readyBanner({ host, port, model: id, slots, contextTokens, needsApiKey: apiKey.length > 0 });
}

async function close(app: FastifyInstance, models: ModelRegistry): Promise<void> {
  await closeApp(app);
  await models.close();
}
