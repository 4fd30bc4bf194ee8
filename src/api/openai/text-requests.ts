import { z } from "zod";
import type { DetokenizeTask, RenderTask, TokenizeTask } from "../../prompt/text-task.js";
import { bodyLimits } from "./body-size.js";
import type { ChatRequest } from "./chat-request.js";
import { toChatPrompt } from "./to-prompt.js";

const token = z
  .int()
  .min(0)
  .max(2 ** 31 - 1);

const optionalModel = z.string().nullish().describe("May be left out while there is one model");

/** The body of POST /tokenize. */
export const tokenizeRequest = z.looseObject({
  model: optionalModel,
  content: z
    .union([z.string(), z.array(z.union([z.string(), token])).max(bodyLimits.content)])
    .describe("Text, or texts and tokens in their order"),
  add_special: z
    .boolean()
    .nullish()
    .describe("Adds BOS and EOS where the model asks for them; default false"),
  parse_special: z
    .boolean()
    .nullish()
    .describe("Takes `<|im_end|>` and the like for the token, not for its letters; default true"),
  with_pieces: z.boolean().nullish().describe("Answers with each token's text too; default false"),
});

/** The body of POST /detokenize. */
export const detokenizeRequest = z.looseObject({
  model: optionalModel,
  tokens: z.array(token).max(bodyLimits.tokens),
});

export function toTokenizeTask(request: z.output<typeof tokenizeRequest>): TokenizeTask {
  const { content } = request;
  return {
    kind: "tokenize",
    parts: typeof content === "string" ? [content] : content,
    addSpecial: request.add_special ?? false,
    parseSpecial: request.parse_special ?? true,
    withPieces: request.with_pieces ?? false,
  };
}

export function toDetokenizeTask({ tokens }: z.output<typeof detokenizeRequest>): DetokenizeTask {
  return { kind: "detokenize", tokens };
}

/** A chat completion's own body, so that what is rendered is what it would be asked. */
export function toRenderTask(request: ChatRequest): RenderTask {
  return { kind: "render", chat: toChatPrompt(request) };
}
