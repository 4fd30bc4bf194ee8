import type {
  GenerationOutcome,
  PromptLogprob,
  PromptProgress,
  SampledLogprob,
} from "../../engine/generation.js";
import type { PreparedPrompt } from "../../prompt/prompt.js";
import type { ErrorResponse, Usage } from "./responses.js";
import { errorFrames } from "./stream-chunks.js";
import { type CountedAnswer, toUsage } from "./usage.js";

/** The frames of one streamed choice, in the order of its methods. A result may be empty: there is nothing to send. */
export interface ChoiceStream {
  open(): string;
  progress(progress: PromptProgress): string;
  /** Tokens of the prompt, where the format has them. */
  promptLogprobs?(tokens: readonly PromptLogprob[]): string;
  /** A sampled token, before the text that it completes. It is sent with that text. */
  logprob(sampled: SampledLogprob): void;
  text(piece: string): string;
  /** `fields` go to the choice's last chunk, beside its choices. */
  finish(outcome: GenerationOutcome, fields: object): string;
}

/** A streamed response: its choices, which are written at the same time, and its end. */
export class AnswerStream {
  readonly choices: readonly ChoiceStream[];
  readonly #end: (usage: Usage) => string;
  readonly #fail: (error: ErrorResponse) => string;

  /** @param end the frames after the last choice's last one */
  constructor(
    choices: readonly ChoiceStream[],
    end: (usage: Usage) => string,
    fail: (error: ErrorResponse) => string = errorFrames,
  ) {
    this.choices = choices;
    this.#end = end;
    this.#fail = fail;
  }

  open(): string {
    return this.choices.map((choice) => choice.open()).join("");
  }

  end(answers: readonly CountedAnswer[]): string {
    return this.#end(toUsage(answers));
  }

  /** The frames that end a stream which failed. */
  fail(error: ErrorResponse): string {
    return this.#fail(error);
  }
}

/** What a stream is asked to do beside the answer. */
export interface StreamOptions {
  readonly includeUsage: boolean;
  readonly hasLogprobs: boolean;
  /** The prompt of each choice. */
  readonly prompts: readonly PreparedPrompt[];
}
