import { type ErrorCode, WeirError } from "../errors.js";
import type { EmbeddingModel, GenerationModel, ServedModel } from "../registry/served-model.js";

/** What each kind of model does, and where it is asked. */
const purposes: Readonly<Record<ServedModel["kind"], string>> = {
  generation: "generates text: use POST /v1/chat/completions",
  embedding: "computes embeddings: use POST /v1/embeddings",
  rerank: "ranks documents: use POST /v1/rerank",
};

/** @throws WeirError `model_cannot_generate` */
export function requireGenerator(model: ServedModel): GenerationModel {
  if (model.kind === "generation") return model;
  throw mismatch(model, "model_cannot_generate", "cannot generate text");
}

/** @throws WeirError `model_cannot_embed` */
export function requireEmbedder(model: ServedModel): EmbeddingModel {
  if (model.kind === "embedding") return model;
  throw mismatch(model, "model_cannot_embed", "cannot compute embeddings");
}

/** @throws WeirError `model_cannot_rerank` */
export function requireReranker(model: ServedModel): EmbeddingModel {
  if (model.kind === "rerank") return model;
  throw mismatch(model, "model_cannot_rerank", "cannot rank documents");
}

function mismatch({ id, kind }: ServedModel, code: ErrorCode, cannot: string): WeirError {
  const text = `The model ${JSON.stringify(id)} ${cannot}. It ${purposes[kind]}.`;
  return new WeirError(code, text, { param: "model" });
}
