import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import type { LoadOptions } from "#weir/llama/options.js";
import { ModelRegistry, type RegistryOptions, type StartHooks } from "#weir/registry/model-registry.js";
import type { ModelSpec } from "#weir/registry/model-spec.js";
import type { ResidencePolicy } from "#weir/registry/resident.js";
import { Admission } from "#weir/server/admission.js";
import { type AdmissionOptions, defaultAdmission } from "#weir/server/admission-options.js";
import { buildApp } from "#weir/server/app.js";
import { loadOptions } from "./load-options.js";

/** A real server that has several models. */
export interface SeveralServer {
  readonly app: FastifyInstance;
  readonly models: ModelRegistry;
  readonly admission: Admission;
  close(): Promise<void>;
}

export function spec(
  name: string,
  residence: Partial<ResidencePolicy> = {},
  { names = [], ...load }: Partial<LoadOptions> & { readonly names?: readonly string[] } = {},
): ModelSpec {
  return {
    options: loadOptions({ alias: name, slots: 2, contextTokens: 2_048, ...load }),
    names: [name, ...names],
    residence: { load: "demand", isPinned: false, idleUnloadMs: 0, ...residence },
  };
}

export async function startSeveral(
  specs: readonly ModelSpec[],
  options: RegistryOptions = {},
  admissionOptions: AdmissionOptions = defaultAdmission,
  hooks: StartHooks = {},
): Promise<SeveralServer> {
  const logger = pino({ level: "silent" });
  const models = new ModelRegistry(logger, options);
  const admission = new Admission(models, admissionOptions);
  const app = buildApp({ models, logger, admission });
  await models.start(specs, hooks);
  const close = async (): Promise<void> => {
    await app.close();
    await models.close();
  };
  return { app, models, admission, close };
}
