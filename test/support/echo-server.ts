import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import { KeyRing } from "#weir/keys/key-ring.js";
import type { LoadOptions } from "#weir/llama/options.js";
import type { HostedModel } from "#weir/registry/hosted-model.js";
import type { ModelInstance } from "#weir/registry/model-instance.js";
import { ModelRegistry } from "#weir/registry/model-registry.js";
import { Admission } from "#weir/server/admission.js";
import { type AdmissionOptions, defaultAdmission } from "#weir/server/admission-options.js";
import { buildApp } from "#weir/server/app.js";
import { loadOptions } from "./load-options.js";

/** A real server on the real engine with the echo model. */
export interface EchoServer {
  readonly app: FastifyInstance;
  readonly models: ModelRegistry;
  readonly hosted: HostedModel;
  /** What was loaded of it first. */
  readonly model: ModelInstance;
  readonly admission: Admission;
  /** The base address, e.g. `http://127.0.0.1:40123`; "" where it does not listen. */
  readonly url: string;
  /** Lines that were logged, parsed. */
  readonly log: readonly Record<string, unknown>[];
  close(): Promise<void>;
}

export interface EchoServerOptions {
  readonly load?: Partial<LoadOptions>;
  readonly app?: Partial<Omit<Parameters<typeof buildApp>[0], "models" | "logger" | "admission" | "keys">>;
  /** Keys in plain text, without limits. */
  readonly apiKeys?: readonly string[];
  readonly keys?: KeyRing;
  readonly admission?: AdmissionOptions;
  /** Counts graph evaluations, for EngineStats.decodeGraphs. */
  readonly countGraphs?: boolean;
  readonly memoryLimitBytes?: number;
  /** Listens on a free port of 127.0.0.1. */
  readonly listen?: boolean;
}

export async function startEcho(options: EchoServerOptions = {}): Promise<EchoServer> {
  const log: Record<string, unknown>[] = [];
  const logger = pino({ level: "debug" }, { write: (line: string) => void log.push(JSON.parse(line)) });
  const models = new ModelRegistry(logger, { memoryLimitBytes: options.memoryLimitBytes ?? null });
  const admission = new Admission(models, options.admission ?? defaultAdmission);
  const hooks = { countGraphs: options.countGraphs ?? false };
  const hosted = await models.load(loadOptions({ alias: "echo", ...options.load }), hooks);
  const [model] = hosted.instances;
  if (model?.kind !== "generation") throw new Error(`${hosted.id} does not generate text`);
  const keys = options.keys ?? new KeyRing(options.apiKeys ?? []);
  const app = buildApp({ models, logger, admission, keys, ...options.app });
  const url = options.listen ? await app.listen({ host: "127.0.0.1", port: 0 }) : "";
  const close = async (): Promise<void> => {
    await app.close();
    await models.close();
  };
  return { app, models, hosted, model, admission, url, log, close };
}
