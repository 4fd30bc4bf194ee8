import { z } from "zod";
import { refusedUnless } from "./field-status.js";
import { generationFields, maxInt32 } from "./generation-fields.js";

/** Prompts of one request; each of them is answered by itself. */
const mostPrompts = 256;

const tokens = z.array(z.int().min(0).max(maxInt32)).min(1);

/** The body of POST /v1/completions. Loose: a field that nobody knows is logged, not refused. */
export const completionRequest = z.looseObject({
  ...generationFields,
  prompt: z.union(
    [
      z.string(),
      z.array(z.string()).min(1).max(mostPrompts),
      tokens,
      z.array(tokens).min(1).max(mostPrompts),
    ],
    { error: `must be a string, an array of tokens, or an array of at most ${mostPrompts} of either` },
  ),
  echo: z.boolean().nullish().describe("The answer's text begins with the prompt"),
  suffix: z.string().nullish().describe("What follows the answer, for models with tokens to fill in text"),
  logprobs: z.int().min(0).max(20).nullish(),
  best_of: refusedUnless(1, "ask for n answers and choose"),
});

export type CompletionRequest = z.output<typeof completionRequest>;
