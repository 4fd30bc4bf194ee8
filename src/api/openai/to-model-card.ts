import type { ServedModel, ServedState } from "../../registry/served-model.js";
import type { ModelCard, ModelList } from "./responses.js";

/** As llama-server's router says it; it has no words for the others. */
const statuses: Readonly<Record<ServedState, ModelCard["status"]>> = {
  unloaded: { value: "unloaded" },
  loading: { value: "loading" },
  swapping: { value: "loading" },
  ready: { value: "loaded" },
  unhealthy: { value: "loading", failed: true },
  failed: { value: "unloaded", failed: true },
};

export function toModelCard({ id, facts, state }: ServedModel): ModelCard {
  return {
    id,
    object: "model",
    created: facts.createdAtSeconds,
    owned_by: "weir",
    context_length: facts.contextTokens,
    status: statuses[state],
  };
}

export function toModelList(models: readonly ServedModel[]): ModelList {
  return { object: "list", data: models.map(toModelCard) };
}
