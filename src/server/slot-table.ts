import type { SlotStatus } from "../engine/stats.js";
import type { GenerationModel, ServedModel } from "../registry/served-model.js";

/** The slots of all that is loaded of a model, numbered through. */
export async function slotTableOf({ loaded }: ServedModel<GenerationModel>): Promise<readonly SlotStatus[]> {
  const tables = await Promise.all(loaded.map((instance) => instance.slotTable()));
  return tables.flat().map((status, slot) => ({ ...status, slot }));
}
