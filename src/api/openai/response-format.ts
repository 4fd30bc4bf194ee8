import { z } from "zod";

const schema = z.union([z.record(z.string(), z.unknown()), z.boolean()]);

/** What the content must be. */
export const responseFormat = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("text") }),
  // llama-server's clients put a schema beside it.
  z.looseObject({ type: z.literal("json_object"), schema: schema.nullish() }),
  z.looseObject({
    type: z.literal("json_schema"),
    json_schema: z.looseObject({
      name: z.string().nullish(),
      description: z.string().nullish(),
      schema: schema.nullish(),
      strict: z.boolean().nullish().describe("Refuses a schema that can't be held to the letter"),
    }),
  }),
]);

export type ResponseFormat = z.output<typeof responseFormat>;
