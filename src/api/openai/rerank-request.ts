import { z } from "zod";
import { userFields } from "./user-fields.js";

/** Jina's and Cohere's order of magnitude; body-size.ts refuses more before it is checked. */
export const maxDocuments = 2_048;

/** The body of POST /v1/rerank, in the shape of Jina and Cohere. Loose: a field that nobody knows is logged, not refused. */
export const rerankRequest = z.looseObject({
  model: z.string().nullish(),
  query: z.string().min(1),
  documents: z
    .array(z.union([z.string(), z.looseObject({ text: z.string() })]))
    .min(1)
    .max(maxDocuments),
  top_n: z
    .int()
    .min(1)
    .nullish()
    .describe("How many of the best documents to return; all where it is left out"),
  return_documents: z.boolean().nullish(),
  ...userFields,
});

export type RerankRequestBody = z.output<typeof rerankRequest>;
