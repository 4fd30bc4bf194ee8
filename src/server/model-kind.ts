import { type ErrorCode, WeirError } from "../errors.js";
import type { EmbeddingModel, GenerationModel, ServedModel } from "../registry/served-model.js";
import { modelUnhealthy } from "./model-lookup.js";

/** What each kind of model does, and where it is asked. */
const purposes: Readonly<Record<ServedModel["kind"], string>> = {
  generation: "generates text: use POST /v1/chat/completions",
  embedding: "computes embeddings: use POST /v1/embeddings",
  rerank: "ranks documents: use POST /v1/rerank",
};

/** @throws WeirError `model_cannot_generate`, `model_unhealthy` */
export function requireGenerator(model: ServedModel): GenerationModel {
  if (model.kind === "generation") return serving(model);
  throw mismatch(model, "model_cannot_generate", "cannot generate text");
}

/** @throws WeirError `model_cannot_embed`, `model_unhealthy` */
export function requireEmbedder(model: ServedModel): EmbeddingModel {
  if (model.kind === "embedding") return serving(model);
  throw mismatch(model, "model_cannot_embed", "cannot compute embeddings");
}

/** @throws WeirError `model_cannot_rerank`, `model_unhealthy` */
export function requireReranker(model: ServedModel): EmbeddingModel {
  if (model.kind === "rerank") return serving(model);
  throw mismatch(model, "model_cannot_rerank", "cannot rank documents");
}

function serving<Model extends ServedModel>(model: Model): Model {
  if (!model.isHealthy) throw modelUnhealthy();
  return model;
}

function mismatch({ id, kind }: ServedModel, code: ErrorCode, cannot: string): WeirError {
  const text = `The model ${JSON.stringify(id)} ${cannot}. It ${purposes[kind]}.`;
  return new WeirError(code, text, { param: "model" });
}
