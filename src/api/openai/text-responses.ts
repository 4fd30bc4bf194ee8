import { z } from "zod";

/** The answer to POST /tokenize. */
export const tokenizeResponse = z.object({
  tokens: z.union([
    z.array(z.int()),
    z.array(
      z.object({
        id: z.int(),
        piece: z
          .union([z.string(), z.array(z.int().min(0).max(255))])
          .describe("The token's text, or its bytes where they are only part of a character"),
      }),
    ),
  ]),
});

/** The answer to POST /detokenize. */
export const detokenizeResponse = z.object({
  content: z.string().describe("Special tokens are in it by their names; bytes that are no UTF-8 are U+FFFD"),
});

/** The answer to POST /apply-template. */
export const applyTemplateResponse = z.object({
  prompt: z.string().describe("What the model would read"),
});
