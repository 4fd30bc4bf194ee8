import fs from "node:fs";
import path from "node:path";
import type { Config } from "../config/schema.js";
import { addonPath, nodeLlamaCppVersion, projectDirectory } from "../llama/addon.js";
import type { LoadOptions } from "../llama/options.js";
import { openVariant, type Variant } from "../llama/variant.js";
import { findPlace } from "../registry/placing.js";
import type { BackendReport, DoctorReport, PlacementReport } from "./doctor-report.js";
import { codeOf } from "./failure.js";
import { checkModelFile } from "./model-file.js";
import { locateServedModel } from "./model-location.js";
import { renderDoctorReport } from "./render-doctor-report.js";
import { weirVersion } from "./version.js";

/** Prints what is installed, what was chosen and, where a model is named, what it would take. Loads no weights. */
export async function doctor(config: Config): Promise<void> {
  try {
    const variant = await openVariant(config.gpu, () => {});
    const available = process.availableMemory();
    const freeBytes = config.memoryLimit === 0 ? available : Math.min(available, config.memoryLimit);
    const placement =
      config.model === null
        ? null
        : await placementOf(variant, await locateServedModel({ ...config, pull: false }, null), freeBytes);
    print({ backend: backendOf(variant), placement });
  } catch (error) {
    // What is installed is half the answer to why nothing could be opened.
    if (codeOf(error)?.endsWith("_unavailable")) print({ backend: null, placement: null });
    throw error;
  }
}

function print(findings: Pick<DoctorReport, "backend" | "placement">): void {
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

/** @throws WeirError `model_load_failed`, `invalid_argument` */
async function placementOf(
  variant: Variant,
  options: LoadOptions,
  freeBytes: number,
): Promise<PlacementReport> {
  const { modelPath, slots, contextTokens, cacheRamBytes } = options;
  await checkModelFile(modelPath);
  const { models, devices, refusal } = await findPlace(variant, options, freeBytes);
  const instances = models.length > 0 ? models.map(({ plan }) => plan) : [{ slots, contextTokens }];
  return { modelPath, instances, devices, cacheRamBytes, refusal };
}
