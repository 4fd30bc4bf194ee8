import type { PromptProgress } from "../../engine/generation.js";
import type { AnswerIdentity } from "./answer.js";
import { identityFields } from "./identity-fields.js";
import type { ErrorResponse, Usage } from "./responses.js";

export const doneFrame = "data: [DONE]\n\n";

/**
 * One event a chunk, put together from parts that were escaped once: only the text of a delta goes through
 * JSON.stringify for every token.
 */
export class ChunkFrames {
  readonly #head: string;
  readonly #tail: string;
  /** Where the usage is asked for, every chunk but the last says that it has none. */
  readonly #noUsage: string;
  readonly #includeUsage: boolean;

  constructor(
    object: "chat.completion.chunk" | "text_completion",
    identity: AnswerIdentity,
    includeUsage: boolean,
  ) {
    const fields = JSON.stringify(identityFields(object, identity));
    this.#head = `data: ${fields.slice(0, -1)},"choices":[`;
    this.#noUsage = includeUsage ? ',"usage":null' : "";
    this.#tail = `]${this.#noUsage}}\n\n`;
    this.#includeUsage = includeUsage;
  }

  /**
   * @param answerPart the choice's own fields as JSON, such as `"text":"…"`
   * @param logprobs as JSON
   */
  choice(index: number, answerPart: string, logprobs = "null"): string {
    return `${this.#head}{"index":${index},${answerPart},"logprobs":${logprobs},"finish_reason":null}${this.#tail}`;
  }

  /** @param fields of the whole chunk, beside its choices */
  lastOfChoice(
    index: number,
    answerPart: string,
    finishReason: string,
    logprobs: string,
    fields: object,
  ): string {
    const choice = `{"index":${index},${answerPart},"logprobs":${logprobs},"finish_reason":"${finishReason}"}`;
    const extra = JSON.stringify(fields).slice(1, -1);
    return `${this.#head}${choice}]${this.#noUsage}${extra === "" ? "" : `,${extra}`}}\n\n`;
  }

  progress(index: number, answerPart: string, progress: PromptProgress): string {
    const made = toPromptProgress(progress);
    const choice = `{"index":${index},${answerPart},"logprobs":null,"finish_reason":null}`;
    return `${this.#head}${choice}]${this.#noUsage},"prompt_progress":${JSON.stringify(made)}}\n\n`;
  }

  /** The stream's last frames: the usage, where it was asked for, and the end mark. */
  end(usage: Usage): string {
    return this.#includeUsage
      ? `${this.#head}],"usage":${JSON.stringify(usage)}}\n\n${doneFrame}`
      : doneFrame;
  }
}

export function toPromptProgress(progress: PromptProgress) {
  return {
    total: progress.promptTokens,
    cache: progress.cachedTokens,
    processed: progress.computedTokens,
    time_ms: Math.round(progress.elapsedMs),
  };
}

/** An error after the headers were sent. */
export function errorFrames(error: ErrorResponse): string {
  return `data: ${JSON.stringify(error)}\n\n${doneFrame}`;
}
