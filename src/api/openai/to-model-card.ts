import type { ServedModel } from "../../registry/served-model.js";
import type { ModelCard, ModelList } from "./responses.js";

export function toModelCard(model: ServedModel): ModelCard {
  return {
    id: model.id,
    object: "model",
    created: model.createdAtSeconds,
    owned_by: "weir",
    context_length: model.contextTokens,
  };
}

export function toModelList(models: readonly ServedModel[]): ModelList {
  return { object: "list", data: models.map(toModelCard) };
}
