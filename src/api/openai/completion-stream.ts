import type { GenerationOutcome, PromptProgress, SampledLogprob } from "../../engine/generation.js";
import type { AnswerIdentity } from "./answer.js";
import { AnswerStream, type ChoiceStream, type StreamOptions } from "./answer-stream.js";
import { toFinishReason } from "./finish-reason.js";
import { ChunkFrames } from "./stream-chunks.js";
import { TextLogprobs } from "./text-logprobs.js";

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
  readonly #logprobs: TextLogprobs;

  constructor(index: number, frames: ChunkFrames, echo: string) {
    this.#index = index;
    this.#frames = frames;
    this.#echo = echo;
    this.#logprobs = new TextLogprobs(echo);
  }

  open(): string {
    return this.#echo === "" ? "" : this.#frames.choice(this.#index, textPart(this.#echo));
  }

  progress(progress: PromptProgress): string {
    return this.#frames.progress(this.#index, textPart(""), progress);
  }

  logprob(sampled: SampledLogprob): void {
    this.#logprobs.add(sampled);
  }

  text(piece: string): string {
    this.#logprobs.addText(piece);
    return piece === "" ? "" : this.#frames.choice(this.#index, textPart(piece), this.#takeLogprobs());
  }

  finish(outcome: GenerationOutcome, fields: object): string {
    const reason = toFinishReason(outcome);
    return this.#frames.lastOfChoice(this.#index, textPart(""), reason, this.#takeLogprobs(), fields);
  }

  #takeLogprobs(): string {
    return JSON.stringify(this.#logprobs.take());
  }
}

function textPart(text: string): string {
  return `"text":${JSON.stringify(text)}`;
}
