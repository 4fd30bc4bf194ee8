import { parseModelReference } from "../config/model-reference.js";
import type { Config } from "../config/schema.js";
import type { ModelNaming } from "../registry/model-spec.js";

/** A model that the settings name, with the settings that hold for it alone. */
export interface ConfiguredModel extends ModelNaming {
  readonly config: Config;
}

/** The models that the settings name: those of the table, or the one of `model`. */
export function configuredModels(config: Config): readonly ConfiguredModel[] {
  if (config.models.length === 0) {
    const residence = { load: "start", isPinned: true, idleUnloadMs: 0 } as const;
    return [
      { config, names: config.alias.length > 0 ? config.alias : referenceNames(config.model), residence },
    ];
  }
  return config.models.map(({ id, model, alias, load, pinned, idleUnload, own }) => ({
    config: { ...config, ...own, model, alias: [id, ...alias] },
    names: [id, ...alias],
    residence: { load, isPinned: pinned, idleUnloadMs: idleUnload ?? config.idleUnload },
  }));
}

/** A model of a manifest is called as it is named, with its variant or without; another one by its file's name. */
function referenceNames(model: string | null): readonly string[] {
  const reference = model === null ? null : parseModelReference(model);
  return reference?.kind === "manifest" && model !== null ? [reference.name, model] : [];
}
