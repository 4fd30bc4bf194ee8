import type { GenerationOutcome, PromptProgress, SampledLogprob } from "../../engine/generation.js";
import type { AnswerIdentity } from "./answer.js";
import { AnswerStream, type ChoiceStream, type StreamOptions } from "./answer-stream.js";
import { toFinishReason } from "./finish-reason.js";
import { ChunkFrames } from "./stream-chunks.js";
import { toCompletionLogprobs } from "./to-logprobs.js";

/** @param echoes what each choice's text begins with: its prompt, or nothing */
export function completionStream(
  identity: AnswerIdentity,
  { includeUsage, prompts }: StreamOptions,
  echoes: readonly string[],
): AnswerStream {
  const frames = new ChunkFrames("text_completion", identity, includeUsage);
  const choices = prompts.map((_, index) => new CompletionChoice(index, frames, echoes[index] ?? ""));
  return new AnswerStream(choices, (usage) => frames.end(usage));
}

class CompletionChoice implements ChoiceStream {
  readonly #index: number;
  readonly #frames: ChunkFrames;
  readonly #echo: string;
  #tokens: SampledLogprob[] = [];
  /** The length of the text before the tokens that are not sent yet. */
  #offset: number;

  constructor(index: number, frames: ChunkFrames, echo: string) {
    this.#index = index;
    this.#frames = frames;
    this.#echo = echo;
    this.#offset = echo.length;
  }

  open(): string {
    return this.#echo === "" ? "" : this.#frames.choice(this.#index, textPart(this.#echo));
  }

  progress(progress: PromptProgress): string {
    return this.#frames.progress(this.#index, textPart(""), progress);
  }

  logprob(sampled: SampledLogprob): void {
    this.#tokens.push(sampled);
  }

  text(piece: string): string {
    return piece === "" ? "" : this.#frames.choice(this.#index, textPart(piece), this.#takeLogprobs());
  }

  finish(outcome: GenerationOutcome, fields: object): string {
    const reason = toFinishReason(outcome);
    return this.#frames.lastOfChoice(this.#index, textPart(""), reason, this.#takeLogprobs(), fields);
  }

  #takeLogprobs(): string {
    if (this.#tokens.length === 0) return "null";
    const logprobs = toCompletionLogprobs(this.#tokens, this.#offset);
    this.#offset += this.#tokens.reduce((length, { text }) => length + text.length, 0);
    this.#tokens = [];
    return JSON.stringify(logprobs);
  }
}

function textPart(text: string): string {
  return `"text":${JSON.stringify(text)}`;
}
