import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { z } from "zod";
import { openapiDocument } from "#weir/api/openai/openapi-document.js";

const content = z.record(z.string(), z.object({ schema: z.looseObject({}) }));
const operation = z.looseObject({
  requestBody: z.object({ content }),
  responses: z.looseObject({ 200: z.object({ content }) }),
});
const document = z.looseObject({
  paths: z.record(z.string(), z.looseObject({ post: operation.optional() })),
  components: z.looseObject({}),
});

/** What the OpenAPI document says of an endpoint that takes a body. */
export interface DocumentedPost {
  readonly body: ValidateFunction;
  readonly answer: ValidateFunction;
  /** Of an event of a stream; null where there are no streams. */
  readonly event: ValidateFunction | null;
}

const { paths, components } = document.parse(openapiDocument());

/** By path. */
export const documentedPosts: ReadonlyMap<string, DocumentedPost> = new Map(
  Object.entries(paths).flatMap(([path, { post }]) =>
    post === undefined ? [] : [[path, documentedPost(post)] as const],
  ),
);

function documentedPost({ requestBody, responses }: z.output<typeof operation>): DocumentedPost {
  const answers = responses[200].content;
  return {
    body: compiled(requestBody.content["application/json"]?.schema ?? {}),
    answer: compiled(answers["application/json"]?.schema ?? {}),
    event: Object.hasOwn(answers, "text/event-stream")
      ? compiled(answers["text/event-stream"]?.schema ?? {})
      : null,
  };
}

/** With the document's components beside it, which it refers to. */
function compiled(schema: object): ValidateFunction {
  return new Ajv2020({ strict: false, validateFormats: false }).compile({ ...schema, components });
}
