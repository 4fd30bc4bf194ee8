import { type ReasoningDelta, ReasoningSplitter } from "../../chat/reasoning-splitter.js";
import type { GenerationOutcome } from "../../engine/generation.js";
import type { ReasoningFormat } from "../../prompt/prompt.js";
import { type AnswerIdentity, toFinishReason, toUsage } from "./answer.js";
import { ChunkFrames } from "./stream-chunks.js";

/** The frames of one streamed answer, in the order of its methods. A result may be empty: there is nothing to send. */
export interface AnswerStream {
  open(): string;
  text(piece: string): string;
  finish(outcome: GenerationOutcome): string;
}

export class ChatStream implements AnswerStream {
  readonly #frames: ChunkFrames;
  readonly #splitter: ReasoningSplitter;

  constructor(identity: AnswerIdentity, includeUsage: boolean, format: ReasoningFormat | null) {
    this.#frames = new ChunkFrames("chat.completion.chunk", identity, includeUsage);
    this.#splitter = new ReasoningSplitter(format);
  }

  open(): string {
    return this.#frames.choice('"delta":{"role":"assistant","content":""}', null);
  }

  text(piece: string): string {
    return this.#deltas(this.#splitter.push(piece));
  }

  finish(outcome: GenerationOutcome): string {
    const rest = this.#deltas(this.#splitter.end());
    const last = this.#frames.choice('"delta":{}', toFinishReason(outcome));
    return rest + last + this.#frames.end(toUsage(outcome));
  }

  #deltas({ reasoning, content }: ReasoningDelta): string {
    return this.#delta("reasoning_content", reasoning) + this.#delta("content", content);
  }

  #delta(field: "reasoning_content" | "content", text: string): string {
    return text === "" ? "" : this.#frames.choice(`"delta":{"${field}":${JSON.stringify(text)}}`, null);
  }
}

export class CompletionStream implements AnswerStream {
  readonly #frames: ChunkFrames;

  constructor(identity: AnswerIdentity, includeUsage: boolean) {
    this.#frames = new ChunkFrames("text_completion", identity, includeUsage);
  }

  open(): string {
    return "";
  }

  text(piece: string): string {
    return piece === "" ? "" : this.#frames.choice(`"text":${JSON.stringify(piece)}`, null);
  }

  finish(outcome: GenerationOutcome): string {
    return this.#frames.choice('"text":""', toFinishReason(outcome)) + this.#frames.end(toUsage(outcome));
  }
}
