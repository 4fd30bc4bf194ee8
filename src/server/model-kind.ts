import { type ErrorCode, WeirError } from "../errors.js";
import type { EmbeddingModel, GenerationModel, ServedModel } from "../registry/served-model.js";
import { modelFailed, modelUnhealthy } from "./model-lookup.js";

/** What each kind of model does, and where it is asked. */
const purposes: Readonly<Record<ServedModel["kind"], string>> = {
  generation: "generates text: use POST /v1/chat/completions",
  embedding: "computes embeddings: use POST /v1/embeddings",
  rerank: "ranks documents: use POST /v1/rerank",
};

/** @throws WeirError `model_cannot_generate`, `model_unhealthy` */
export function requireGenerator(model: ServedModel): ServedModel<GenerationModel> {
  if (isGenerator(model)) return serving(model);
  throw mismatch(model, "model_cannot_generate", "cannot generate text");
}

/** @throws WeirError `model_cannot_embed`, `model_unhealthy` */
export function requireEmbedder(model: ServedModel): ServedModel<EmbeddingModel> {
  if (isOfTexts(model) && model.kind === "embedding") return serving(model);
  throw mismatch(model, "model_cannot_embed", "cannot compute embeddings");
}

/** @throws WeirError `model_cannot_rerank`, `model_unhealthy` */
export function requireReranker(model: ServedModel): ServedModel<EmbeddingModel> {
  if (isOfTexts(model) && model.kind === "rerank") return serving(model);
  throw mismatch(model, "model_cannot_rerank", "cannot rank documents");
}

/** All instances of a model are of its kind, whenever they come. */
export function isGenerator(model: ServedModel): model is ServedModel<GenerationModel> {
  return model.kind === "generation";
}

function isOfTexts(model: ServedModel): model is ServedModel<EmbeddingModel> {
  return model.kind !== "generation";
}

function serving<Model extends ServedModel>(model: Model): Model {
  if (model.state === "unhealthy") throw modelUnhealthy();
  if (model.state === "failed") throw modelFailed(model);
  return model;
}

function mismatch({ id, kind }: ServedModel, code: ErrorCode, cannot: string): WeirError {
  const text = `The model ${JSON.stringify(id)} ${cannot}. It ${purposes[kind]}.`;
  return new WeirError(code, text, { param: "model" });
}
