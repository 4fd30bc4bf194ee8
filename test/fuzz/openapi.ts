import { z } from "zod";
import { openapiDocument } from "#weir/api/openai/openapi-document.js";

const body = z.object({
  content: z.object({ "application/json": z.object({ schema: z.looseObject({ $ref: z.string() }) }) }),
});
const document = z.looseObject({
  paths: z.record(z.string(), z.looseObject({ post: z.looseObject({ requestBody: body }).optional() })),
  components: z.looseObject({}),
});

/** The OpenAPI document, as far as the tests read it. */
export const openapi = document.parse(openapiDocument());

/** The endpoints that take a body, and where in the document its schema is. */
export const bodySchemas: ReadonlyMap<string, { readonly $ref: string }> = new Map(
  Object.entries(openapi.paths).flatMap(([path, { post }]) =>
    post === undefined ? [] : [[path, post.requestBody.content["application/json"].schema] as const],
  ),
);
