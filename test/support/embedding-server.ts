import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import type { LoadOptions } from "#weir/llama/options.js";
import type { EmbeddingInstance } from "#weir/registry/embedding-instance.js";
import type { HostedModel } from "#weir/registry/hosted-model.js";
import { ModelRegistry } from "#weir/registry/model-registry.js";
import { Admission } from "#weir/server/admission.js";
import { type AdmissionOptions, defaultAdmission } from "#weir/server/admission-options.js";
import { buildApp } from "#weir/server/app.js";
import { loadOptions } from "./load-options.js";
import { modelPaths } from "./models.js";

/** A real server on the real engine with a model that embeds or ranks. */
export interface EmbeddingServer {
  readonly app: FastifyInstance;
  readonly models: ModelRegistry;
  readonly hosted: HostedModel;
  /** What was loaded of it first. */
  readonly model: EmbeddingInstance;
  readonly admission: Admission;
  /** The base address; "" where it does not listen. */
  readonly url: string;
  /** Lines that were logged, parsed. */
  readonly log: readonly Record<string, unknown>[];
  close(): Promise<void>;
}

export interface EmbeddingServerOptions {
  readonly load?: Partial<LoadOptions>;
  readonly app?: Partial<Omit<Parameters<typeof buildApp>[0], "models" | "logger" | "admission">>;
  readonly admission?: AdmissionOptions;
  /** Listens on a free port of 127.0.0.1. */
  readonly listen?: boolean;
}

export async function startEmbedding(options: EmbeddingServerOptions = {}): Promise<EmbeddingServer> {
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: "debug" }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const models = new ModelRegistry(logger);
  const load = { modelPath: modelPaths.tinyEmbedding, alias: "tiny", contextTokens: 512, ...options.load };
  const admission = new Admission(models, options.admission ?? defaultAdmission);
  const hosted = await models.load(loadOptions(load));
  const [model] = hosted.instances;
  if (model === undefined || model.kind === "generation") throw new Error(`${hosted.id} generates text`);
  const app = buildApp({ models, logger, admission, ...options.app });
  const url = options.listen ? await app.listen({ host: "127.0.0.1", port: 0 }) : "";
  const close = async (): Promise<void> => {
    await app.close();
    await models.close();
  };
  return { app, models, hosted, model, admission, url, log, close };
}

export function startReranking(options: EmbeddingServerOptions = {}): Promise<EmbeddingServer> {
  return startEmbedding({ ...options, load: { modelPath: modelPaths.tinyRerank, ...options.load } });
}
