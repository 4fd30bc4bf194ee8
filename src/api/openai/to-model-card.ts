import type { ServedModel } from "../../registry/served-model.js";
import type { ModelCard, ModelList } from "./responses.js";

export function toModelCard({ id, facts }: ServedModel): ModelCard {
  return {
    id,
    object: "model",
    created: facts.createdAtSeconds,
    owned_by: "weir",
    context_length: facts.contextTokens,
  };
}

export function toModelList(models: readonly ServedModel[]): ModelList {
  return { object: "list", data: models.map(toModelCard) };
}
