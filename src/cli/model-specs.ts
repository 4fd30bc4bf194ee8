import { toLoadOptions } from "../config/load-options.js";
import type { Config } from "../config/schema.js";
import type { ModelSpec } from "../registry/model-spec.js";

/** The models that the settings name: those of the table, or the one of `model`. */
export function modelSpecs(config: Config): readonly ModelSpec[] {
  if (config.models.length === 0) {
    const residence = { load: "start", isPinned: true, idleUnloadMs: 0 } as const;
    return [{ options: toLoadOptions(config), names: config.alias, residence }];
  }
  return config.models.map(({ id, model, alias, load, pinned, idleUnload, own }) => ({
    options: toLoadOptions({ ...config, ...own, model, alias: [id, ...alias] }),
    names: [id, ...alias],
    residence: { load, isPinned: pinned, idleUnloadMs: idleUnload ?? config.idleUnload },
  }));
}
