import type {
  GenerationOutcome,
  PromptLogprob,
  PromptProgress,
  SampledLogprob,
} from "../../engine/generation.js";
import type { AnswerIdentity } from "./answer.js";
import { AnswerStream, type ChoiceStream, type StreamOptions } from "./answer-stream.js";
import { type EchoFields, echoesLogprobs } from "./completion-request.js";
import { toFinishReason } from "./finish-reason.js";
import { ChunkFrames } from "./stream-chunks.js";
import { TextLogprobs } from "./text-logprobs.js";

export function completionStream(
  identity: AnswerIdentity,
  { includeUsage, prompts }: StreamOptions,
  request: EchoFields,
): AnswerStream {
  const frames = new ChunkFrames("text_completion", identity, includeUsage);
  const hasTokens = echoesLogprobs(request);
  const choices = prompts.map(({ echo }, index) => new CompletionChoice(index, frames, echo, hasTokens));
  return new AnswerStream(choices, (usage) => frames.end(usage));
}

class CompletionChoice implements ChoiceStream {
  readonly #index: number;
  readonly #frames: ChunkFrames;
  readonly #echo: string;
  readonly #logprobs: TextLogprobs;

  constructor(index: number, frames: ChunkFrames, echo: string, echoHasTokens: boolean) {
    this.#index = index;
    this.#frames = frames;
    this.#echo = echo;
    this.#logprobs = new TextLogprobs(echo, echoHasTokens);
  }

  open(): string {
    return this.#echo === "" ? "" : this.#frames.choice(this.#index, textPart(this.#echo));
  }

  progress(progress: PromptProgress): string {
    return this.#frames.progress(this.#index, textPart(""), progress);
  }

  promptLogprobs(tokens: readonly PromptLogprob[]): string {
    this.#logprobs.addPrompt(tokens);
    return this.#frames.choice(this.#index, textPart(""), JSON.stringify(this.#logprobs.take()));
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
    const logprobs = JSON.stringify(this.#logprobs.end(outcome.stopString));
    return this.#frames.lastOfChoice(this.#index, textPart(""), reason, logprobs, fields);
  }

  #takeLogprobs(): string {
    return JSON.stringify(this.#logprobs.take());
  }
}

function textPart(text: string): string {
  return `"text":${JSON.stringify(text)}`;
}
