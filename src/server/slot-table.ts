import type { SlotStatus } from "../engine/stats.js";
import type { GenerationModel, ServedModel } from "../registry/served-model.js";

/** The slots of all that is loaded of a model, numbered through; without those of an engine that is going, or being replaced. */
export async function slotTableOf({ loaded }: ServedModel<GenerationModel>): Promise<readonly SlotStatus[]> {
  const tables = await Promise.allSettled(loaded.map((instance) => instance.slotTable()));
  const known = tables.flatMap((table) => (table.status === "fulfilled" ? table.value : []));
  return known.map((status, slot) => ({ ...status, slot }));
}
