import { z } from "zod";
import { generationFields, notYet } from "./generation-fields.js";

/** The body of POST /v1/completions. Loose: a field that nobody knows is logged, not refused. */
export const completionRequest = z.looseObject({
  ...generationFields,
  prompt: z.union([z.string(), z.tuple([z.string()])], {
    error: "must be one string: several prompts and lists of tokens are not supported yet",
  }),
  best_of: z.literal(1, { error: notYet("it must be 1") }).nullish(),
  echo: z.literal(false, { error: notYet("it must be false") }).nullish(),
  suffix: z.literal("", { error: notYet("leave it out") }).nullish(),
  logprobs: z.null({ error: notYet("leave it out") }).optional(),
});

export type CompletionRequest = z.output<typeof completionRequest>;
