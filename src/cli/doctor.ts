import fs from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "../config/schema.js";
import { addonPath, nodeLlamaCppVersion, projectDirectory } from "../llama/addon.js";
import { type LoadOptions, toEmbeddingOptions } from "../llama/options.js";
import { openVariant, type Variant } from "../llama/variant.js";
import type { BackendReport, DoctorReport, PlacementReport } from "./doctor-report.js";
import { codeOf } from "./failure.js";
import { layersByDevice } from "./layer-placement.js";
import { checkModelFile } from "./model-file.js";
import { locateServedModel } from "./model-location.js";
import { renderDoctorReport } from "./render-doctor-report.js";
import { weirVersion } from "./version.js";

/** How long llama.cpp's log may take to come over from the addon. */
const logDelayMs = 50;

/** Prints what is installed, what was chosen and, where a model is named, what it would take. Loads no weights. */
export async function doctor(config: Config): Promise<void> {
  const log: string[] = [];
  try {
    const variant = await openVariant(config.gpu, (_level, message) => log.push(message));
    const placement =
      config.model === null ? null : await placementOf(variant, await locateServedModel(config, null), log);
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

/** @throws a native error `model_load_failed`, `invalid_argument` */
async function placementOf(
  variant: Variant,
  options: LoadOptions,
  log: readonly string[],
): Promise<PlacementReport> {
  const { modelPath, slots } = options;
  await checkModelFile(modelPath);
  const estimate = variant.addon.estimateMemory(modelPath, {
    ...options,
    ...toEmbeddingOptions(options),
    cpuOnly: variant.cpuOnly,
  });
  await delay(logDelayMs);
  const layers = layersByDevice(log, estimate.layers);
  return {
    modelPath,
    slots: estimate.pooling === "none" ? slots : null,
    contextTokens: estimate.contextTokens,
    devices: estimate.devices.map(({ device, modelBytes, contextBytes, computeBytes, freeBytes }) => ({
      device,
      layers: layers.get(device) ?? "",
      weightsBytes: modelBytes,
      kvCacheBytes: contextBytes,
      computeBytes,
      freeBytes,
    })),
  };
}
