import type { RerankRequestBody } from "./rerank-request.js";
import type { RerankResponse } from "./responses.js";
import { type ComputedVectors, toTextUsage } from "./to-embedding-response.js";
import { documentText } from "./to-texts-prompt.js";

/** The best documents first; those with the same score in their own order. A document's score is its first class's. */
export function toRerankResponse(
  { model, values, width, promptTokens }: ComputedVectors,
  { documents, top_n, return_documents }: RerankRequestBody,
): RerankResponse {
  const results = documents.map((document, index) => ({
    index,
    relevance_score: values[index * width] ?? 0,
    ...(return_documents === true ? { document: { text: documentText(document) } } : {}),
  }));
  results.sort((a, b) => b.relevance_score - a.relevance_score);
  const best = results.slice(0, top_n ?? results.length);
  return {
    model,
    object: "list",
    usage: toTextUsage(promptTokens),
    results: best,
    data: best.map(({ index, relevance_score }) => ({ index, relevance_score })),
  };
}
