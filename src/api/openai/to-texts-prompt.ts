import type { EmbeddingPrompt, RerankPrompt } from "../../prompt/texts.js";
import type { EmbeddingRequestBody } from "./embedding-request.js";
import type { RerankRequestBody } from "./rerank-request.js";

export function toEmbeddingPrompt({ input }: EmbeddingRequestBody): EmbeddingPrompt {
  return { kind: "embedding", inputs: input };
}

export function toRerankPrompt({ query, documents }: RerankRequestBody): RerankPrompt {
  return { kind: "rerank", query, documents: documents.map(documentText) };
}

export function documentText(document: RerankRequestBody["documents"][number]): string {
  return typeof document === "string" ? document : document.text;
}
