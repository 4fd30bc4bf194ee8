import fs from "node:fs";
import path from "node:path";
import type { Config } from "../config/schema.js";
import { WeirError } from "../errors.js";
import { addonPath, nodeLlamaCppVersion, projectDirectory } from "../llama/addon.js";
import { openVariant, type Variant } from "../llama/variant.js";
import { together } from "../placement/plan.js";
import { findPlace } from "../registry/placing.js";
import { configuredModels } from "./configured-models.js";
import type {
  BackendReport,
  DoctorReport,
  ModelFault,
  PlacementReport,
  StartReport,
  TableEntry,
} from "./doctor-report.js";
import { codeOf, failureOf } from "./failure.js";
import { checkModelFile } from "./model-file.js";
import { locateServedModel } from "./model-location.js";
import { renderDoctorReport } from "./render-doctor-report.js";
import { weirVersion } from "./version.js";

type Findings = Pick<DoctorReport, "backend" | "models" | "atStart">;

/**
 * Prints what is installed, what was chosen and, where models are named, what each would take. Loads no weights.
 *
 * @throws WeirError with the fault of the one model that was asked about; of a table, after all of it was printed,
 * `model_load_failed` where any has one
 */
export async function doctor(config: Config): Promise<void> {
  try {
    const variant = await openVariant(config.gpu, () => {});
    const models = await examine(variant, config);
    print({ backend: backendOf(variant), models, atStart: startOf(models) });
    refuseFaults(models);
  } catch (error) {
    // What is installed is half the answer to why nothing could be opened.
    if (codeOf(error)?.endsWith("_unavailable")) print({ backend: null, models: [], atStart: null });
    throw error;
  }
}

function print(findings: Findings): void {
  const packages = path.join(projectDirectory, "node_modules", "@node-llama-cpp");
  const report = {
    weirVersion,
    nodeVersion: process.version,
    nodeLlamaCppVersion: nodeLlamaCppVersion(),
    installed: fs.existsSync(packages) ? fs.readdirSync(packages).sort() : [],
    ...findings,
  };
  process.stdout.write(renderDoctorReport(report));
}

function backendOf({ name, reason, addon }: Variant): BackendReport {
  return {
    variant: name,
    reason,
    llamaCppRelease: addon.build.llamaCpp,
    addonPath: addonPath(name),
    addonBuiltFor: addon.build.nodeLlamaCpp,
    devices: addon.devices(),
  };
}

/** All that the settings name. One of a table that has a fault does not hide the others. */
async function examine(variant: Variant, config: Config): Promise<Findings["models"]> {
  const isTable = config.models.length > 0;
  if (!isTable && config.model === null) return [];
  const available = process.availableMemory();
  const freeBytes = config.memoryLimit === 0 ? available : Math.min(available, config.memoryLimit);
  const models: (PlacementReport | ModelFault)[] = [];
  for (const { config: own, names, residence } of configuredModels(config)) {
    const entry = isTable ? { name: names[0] ?? "", load: residence.load } : null;
    try {
      models.push(await placementOf(variant, own, entry, freeBytes));
    } catch (thrown) {
      if (entry === null || codeOf(thrown) === null) throw thrown;
      models.push({ entry, fault: failureOf(thrown).text });
    }
  }
  return models;
}

/** @throws WeirError `model_not_pulled`, `model_load_failed`, `invalid_argument` */
async function placementOf(
  variant: Variant,
  config: Config,
  entry: TableEntry | null,
  freeBytes: number,
): Promise<PlacementReport> {
  const options = await locateServedModel({ ...config, pull: false }, null);
  const { modelPath, slots, contextTokens, cacheRamBytes } = options;
  await checkModelFile(modelPath);
  const { models, devices, refusal } = await findPlace(variant, options, freeBytes);
  const instances = models.length > 0 ? models.map(({ plan }) => plan) : [{ slots, contextTokens }];
  return { entry, modelPath, instances, devices, cacheRamBytes, refusal };
}

function startOf(models: Findings["models"]): StartReport | null {
  const atStart = models.flatMap((model) =>
    "fault" in model || model.entry?.load !== "start" ? [] : [model],
  );
  if (atStart.length < 2) return null;
  return { names: atStart.flatMap(({ entry }) => entry?.name ?? []), devices: together(atStart) };
}

function refuseFaults(models: Findings["models"]): void {
  const faulty = models.flatMap((model) => ("fault" in model ? [model.entry.name] : []));
  if (faulty.length === 0) return;
  const what = `${faulty.length} of ${models.length} models can't be served: ${faulty.join(", ")}`;
  throw new WeirError("model_load_failed", what);
}
