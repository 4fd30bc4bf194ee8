import type { AnswerIdentity } from "./answer.js";
import type { ErrorResponse, Usage } from "./responses.js";

export const doneFrame = "data: [DONE]\n\n";

/**
 * One event a chunk, put together from parts that were escaped once: only the text of a delta goes through
 * JSON.stringify for every token.
 */
export class ChunkFrames {
  readonly #head: string;
  readonly #tail: string;
  readonly #includeUsage: boolean;

  constructor(
    object: "chat.completion.chunk" | "text_completion",
    identity: AnswerIdentity,
    includeUsage: boolean,
  ) {
    const fields = JSON.stringify({
      id: identity.id,
      object,
      created: identity.createdSeconds,
      model: identity.model,
    });
    this.#head = `data: ${fields.slice(0, -1)},"choices":[`;
    this.#tail = includeUsage ? `],"usage":null}\n\n` : "]}\n\n";
    this.#includeUsage = includeUsage;
  }

  /** `answerPart`: the choice's own fields as JSON, such as `"text":"…"`. */
  choice(answerPart: string, finishReason: string | null): string {
    const reason = finishReason === null ? "null" : `"${finishReason}"`;
    return `${this.#head}{"index":0,${answerPart},"logprobs":null,"finish_reason":${reason}}${this.#tail}`;
  }

  /** The stream's last frames: the usage, where it was asked for, and the end mark. */
  end(usage: Usage): string {
    return this.#includeUsage
      ? `${this.#head}],"usage":${JSON.stringify(usage)}}\n\n${doneFrame}`
      : doneFrame;
  }
}

/** An error after the headers were sent. */
export function errorFrames(error: ErrorResponse): string {
  return `data: ${JSON.stringify(error)}\n\n${doneFrame}`;
}
