import fs from "node:fs";
import path from "node:path";
import type { Config } from "../config/schema.js";
import { WeirError } from "../errors.js";
import { addonPath, nodeLlamaCppVersion, projectDirectory } from "../llama/addon.js";
import { openVariant, type Variant } from "../llama/variant.js";
import { together } from "../placement/plan.js";
import { findPlace, type Placed } from "../registry/placing.js";
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
    const examined = await examine(variant, config);
    const models = examined.map(({ report }) => report);
    print({ backend: backendOf(variant), models, atStart: startOf(examined) });
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

interface Examined {
  readonly report: PlacementReport | ModelFault;
  /** Null of a model that has a fault. */
  readonly placed: Placed | null;
}

/** All that the settings name. One of a table that has a fault does not hide the others. */
async function examine(variant: Variant, config: Config): Promise<readonly Examined[]> {
  const isTable = config.models.length > 0;
  if (!isTable && config.model === null) return [];
  const available = process.availableMemory();
  const freeBytes = config.memoryLimit === 0 ? available : Math.min(available, config.memoryLimit);
  const examined: Examined[] = [];
  for (const { config: own, names, residence } of configuredModels(config)) {
    const entry = isTable ? { name: names[0] ?? "", load: residence.load } : null;
    try {
      examined.push(await placementOf(variant, own, entry, freeBytes));
    } catch (thrown) {
      if (entry === null || codeOf(thrown) === null) throw thrown;
      examined.push({ report: { entry, fault: failureOf(thrown).text }, placed: null });
    }
  }
  return examined;
}

/** @throws WeirError `model_not_pulled`, `model_load_failed`, `invalid_argument` */
async function placementOf(
  variant: Variant,
  config: Config,
  entry: TableEntry | null,
  freeBytes: number,
): Promise<Examined> {
  const options = await locateServedModel({ ...config, pull: false }, null);
  const { modelPath, slots, contextTokens, cacheRamBytes } = options;
  await checkModelFile(modelPath);
  const placed = await findPlace(variant, options, freeBytes);
  const { models, devices, refusal } = placed;
  const instances = models.length > 0 ? models.map(({ plan }) => plan) : [{ slots, contextTokens }];
  return { report: { entry, modelPath, instances, devices, cacheRamBytes, refusal }, placed };
}

function startOf(examined: readonly Examined[]): StartReport | null {
  const atStart = examined.flatMap(({ report: { entry }, placed }) =>
    entry?.load === "start" && placed !== null ? [{ name: entry.name, placed }] : [],
  );
  if (atStart.length < 2) return null;
  const plans = atStart.flatMap(({ placed }) => placed.models.map(({ plan }) => plan));
  return { names: atStart.map(({ name }) => name), devices: together(plans) };
}

function refuseFaults(models: Findings["models"]): void {
  const faulty = models.flatMap((model) => ("fault" in model ? [model.entry.name] : []));
  if (faulty.length === 0) return;
  const what = `${faulty.length} of ${models.length} models can't be served: ${faulty.join(", ")}`;
  throw new WeirError("model_load_failed", what);
}
