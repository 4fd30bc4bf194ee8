import { toLoadOptions } from "../config/load-options.js";
import type { Config } from "../config/schema.js";
import type { HubOptions } from "../library/hub-request.js";
import type { ManifestSampling } from "../library/manifest.js";
import { type LocatedModel, ModelLibrary } from "../library/model-library.js";
import type { LoadOptions, ModelSampling, SamplingDefaults } from "../llama/options.js";
import { pullWithDisplay } from "./models/pull-model.js";
import { tellSkipped } from "./models/skipped-manifest.js";

/**
 * How the model of the settings is loaded, with its file found on this machine, and what its manifest says of sampling.
 *
 * @param hub where it is pulled from first, if the settings say so; null never pulls, and a model that would be pulled is not found then
 * @throws WeirError `invalid_argument`, `model_not_pulled`, `model_load_failed`, `pull_failed`
 */
export async function locateServedModel(config: Config, hub: HubOptions | null): Promise<LoadOptions> {
  const options = toLoadOptions(config);
  if (config.model === null) return options;
  const library = new ModelLibrary(config.modelsDir, tellSkipped);
  if (config.pull && library.mustBePulled(config.model)) {
    if (hub === null) return options;
    await pullWithDisplay(library, config.model, hub);
  }
  return { ...options, ...located(library.locate(config.model)) };
}

/** Whether `weir serve` pulls its model before it looks at it. */
export function isPulledFirst({ model, modelsDir, pull }: Config): boolean {
  return pull && model !== null && new ModelLibrary(modelsDir, tellSkipped).mustBePulled(model);
}

/** What of the options of a load comes with the file. */
export function located({ path, sampling }: LocatedModel): Pick<LoadOptions, "modelPath" | "sampling"> {
  return { modelPath: path, sampling: sampling === null ? null : toModelSampling(sampling) };
}

function toModelSampling({ thinking, plain }: ManifestSampling): ModelSampling {
  return { thinking: thinking === undefined ? null : toDefaults(thinking), plain: toDefaults(plain) };
}

function toDefaults(values: ManifestSampling["plain"]): SamplingDefaults {
  const named = {
    temperature: values.temperature,
    topK: values["top-k"],
    topP: values["top-p"],
    minP: values["min-p"],
    presencePenalty: values["presence-penalty"],
    repetitionPenalty: values["repetition-penalty"],
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}
