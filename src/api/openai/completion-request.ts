import { z } from "zod";
import { generationFields, maxInt32 } from "./generation-fields.js";

/** Prompts of one request; each of them is answered by itself. */
const mostPrompts = 256;

const tokens = z.array(z.int().min(0).max(maxInt32)).min(1);

/** The body of POST /v1/completions. Loose: a field that nobody knows is logged, not refused. */
export const completionRequest = z
  .looseObject({
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
    max_tokens: z.int().min(0).nullish().describe("0 only with echo: the prompt comes back, and no answer"),
    echo: z.boolean().nullish().describe("The answer's text begins with the prompt"),
    suffix: z.string().nullish().describe("What follows the answer, for models with tokens to fill in text"),
    logprobs: z
      .int()
      .min(0)
      .max(20)
      .nullish()
      .describe("With echo, of the prompt's tokens too: nothing of it is then taken from a cache"),
    best_of: z
      .int()
      .min(1)
      .nullish()
      .describe(
        "Answers to the prompt, of which the n with the highest mean log-probability of their tokens are returned; at most the number of slots",
      ),
  })
  .refine(({ max_tokens, echo }) => max_tokens !== 0 || echo === true, {
    path: ["max_tokens"],
    error: "must be at least 1 without echo, got 0",
  })
  .refine(({ best_of, n }) => typeof best_of !== "number" || best_of >= (n ?? 1), {
    path: ["best_of"],
    error: "must be at least n: it is how many answers the n best are chosen from",
  })
  .refine(({ best_of, n, stream }) => stream !== true || (best_of ?? 1) <= (n ?? 1), {
    path: ["best_of"],
    error: "can't be more than n with stream: the best answers are known when all have ended",
  })
  .refine(({ echo, logprobs, suffix }) => echo !== true || typeof logprobs !== "number" || !suffix, {
    path: ["suffix"],
    error: "can't be used with echo and logprobs: leave one of them out",
  });

export type CompletionRequest = z.output<typeof completionRequest>;

export type EchoFields = Pick<CompletionRequest, "echo" | "logprobs">;

/** Whether log-probabilities of the prompt's tokens are asked for. */
export function echoesLogprobs({ echo, logprobs }: EchoFields): boolean {
  return echo === true && typeof logprobs === "number";
}
