import { z } from "zod";
import type { GenerationOutcome, PromptProgress } from "../../engine/generation.js";
import { type FinishedAnswer, textOf } from "./answer.js";
import { AnswerStream, type ChoiceStream, type StreamOptions } from "./answer-stream.js";
import { refusedUnless, refusedUnlessEmpty } from "./field-status.js";
import { generationFields, maxInt32 } from "./generation-fields.js";
import { promptProgress, timings, warnings } from "./responses.js";
import { toPromptProgress } from "./stream-chunks.js";
import { toTimings } from "./usage.js";

/**
 * The body of POST /completion, llama-server's own endpoint. Its fields are those of a completion; what it has beside them is
 * refused, or changes nothing.
 */
export const llamaCompletionRequest = z.looseObject({
  ...generationFields,
  prompt: z.union([z.string(), z.array(z.int().min(0).max(maxInt32)).min(1)], {
    error: "must be a string or an array of tokens",
  }),
  n: refusedUnless(1, "use /v1/completions"),
  n_probs: refusedUnless(0, "use /v1/completions with logprobs"),
  image_data: refusedUnlessEmpty("Weir takes text only"),
  return_tokens: refusedUnless(false, "use /tokenize"),
});

export type LlamaCompletionRequest = z.output<typeof llamaCompletionRequest>;

/** Of llama-server's fields, those that say something of the answer. */
export const llamaCompletionResponse = z.object({
  index: z.int(),
  content: z.string(),
  stop: z.boolean().describe("Whether this is the last one"),
  model: z.string().optional(),
  tokens_predicted: z.int().optional(),
  tokens_evaluated: z.int().optional().describe("Of the prompt"),
  tokens_cached: z.int().optional().describe("Of tokens_evaluated, found in a cache"),
  truncated: z.literal(false).optional(),
  stop_type: z.enum(["eos", "limit", "word"]).optional(),
  stopping_word: z.string().optional(),
  timings: timings.optional(),
  warnings: warnings.optional(),
  prompt_progress: promptProgress.optional(),
});

type LlamaCompletion = z.output<typeof llamaCompletionResponse>;

/** A whole answer. */
export function toLlamaCompletion(model: string, answer: FinishedAnswer): LlamaCompletion {
  return {
    index: 0,
    content: textOf(answer),
    stop: true,
    ...ending(model, answer.outcome),
    ...warned(answer),
  };
}

/** Events as llama-server's: the last one has `stop: true`, and no `[DONE]` follows it. */
export function llamaCompletionStream(model: string, { prompts }: StreamOptions): AnswerStream {
  const choices = prompts.map(() => new LlamaCompletionChoice(model));
  return new AnswerStream(
    choices,
    () => "",
    (error) => `data: ${JSON.stringify(error)}\n\n`,
  );
}

class LlamaCompletionChoice implements ChoiceStream {
  readonly #model: string;

  constructor(model: string) {
    this.#model = model;
  }

  open(): string {
    return "";
  }

  progress(progress: PromptProgress): string {
    return frame({ index: 0, content: "", stop: false, prompt_progress: toPromptProgress(progress) });
  }

  logprob(): void {}

  text(piece: string): string {
    return piece === "" ? "" : frame({ index: 0, content: piece, stop: false });
  }

  finish(outcome: GenerationOutcome, fields: object): string {
    return frame({ index: 0, content: "", stop: true, ...ending(this.#model, outcome), ...fields });
  }
}

function ending(model: string, outcome: GenerationOutcome): Partial<LlamaCompletion> {
  const { stopString, finishReason, completionTokens, promptTokens, cachedTokens } = outcome;
  return {
    model,
    tokens_predicted: completionTokens,
    tokens_evaluated: promptTokens,
    tokens_cached: cachedTokens,
    truncated: false,
    stop_type: stopString !== null ? "word" : finishReason === "length" ? "limit" : "eos",
    stopping_word: stopString ?? "",
    timings: toTimings(outcome),
  };
}

function warned({ prompt }: FinishedAnswer): Pick<LlamaCompletion, "warnings"> {
  return prompt.warnings.length === 0 ? {} : { warnings: [...prompt.warnings] };
}

function frame(completion: LlamaCompletion): string {
  return `data: ${JSON.stringify(completion)}\n\n`;
}
