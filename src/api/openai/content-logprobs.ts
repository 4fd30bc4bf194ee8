import type { AnswerParser } from "../../chat/answer-parser.js";
import type { SampledLogprob } from "../../engine/generation.js";

/** Sorts out which sampled tokens belong to the content and the calls, and not to the thinking. */
export class ContentLogprobs {
  /** Since the last push of text. */
  #new: SampledLogprob[] = [];
  #ready: SampledLogprob[] = [];

  add(sampled: SampledLogprob): void {
    this.#new.push(sampled);
  }

  /** To be called after each push of text into the parser. */
  settle(parser: AnswerParser): void {
    if (this.#new.length === 0 || parser.undecided) return;
    if (parser.touchedContent) this.#ready.push(...this.#new);
    this.#new = [];
  }

  /** Those of the content since the last call. */
  take(): readonly SampledLogprob[] {
    const taken = this.#ready;
    this.#ready = [];
    return taken;
  }
}
