import { WeirError } from "../errors.js";
import type { ModelHandle } from "../llama/addon.js";
import type { ChatPrompt } from "./prompt.js";
import type { DetokenizeTask, TextTask, TokenizeTask } from "./text-task.js";
import type { TokenTexts } from "./token-texts.js";

/** llama.cpp takes up to 1.2 s for so much text of one letter, and more than linear time for more. */
const leastLimitBytes = 2 ** 20;

/** Answers text tasks in a thread of the pool, with that thread's model. */
export class TextAnswers {
  readonly #model: ModelHandle;
  readonly #render: (chat: ChatPrompt) => string;
  readonly #limitBytes: number;
  readonly #vocabularySize: number;
  readonly #tokenTexts: () => TokenTexts;

  /**
   * @param longestPromptBytes what could be a slot's prompt can be tokenized too
   * @param render a conversation as a chat completion has it
   */
  constructor(
    model: ModelHandle,
    longestPromptBytes: number,
    render: (chat: ChatPrompt) => string,
    tokenTexts: () => TokenTexts,
  ) {
    this.#model = model;
    this.#render = render;
    this.#tokenTexts = tokenTexts;
    this.#limitBytes = Math.max(leastLimitBytes, longestPromptBytes);
    this.#vocabularySize = model.info().vocabularySize;
  }

  /**
   * The reply's body.
   *
   * @throws WeirError `invalid_value`, or what `render` throws
   */
  answer(task: TextTask): object {
    switch (task.kind) {
      case "tokenize":
        return { tokens: this.#tokenize(task) };
      case "detokenize":
        return { content: this.#detokenize(task) };
      case "render":
        return { prompt: this.#render(task.chat) };
    }
  }

  #tokenize({ parts, addSpecial, parseSpecial, withPieces }: TokenizeTask): object[] | number[] {
    this.#checkSize(parts);
    const tokens = parts.flatMap((part, index) =>
      typeof part === "string"
        ? Array.from(this.#model.tokenize(part.toWellFormed(), addSpecial && index === 0, parseSpecial))
        : [this.#known(part, "content")],
    );
    if (!withPieces) return tokens;
    const texts = this.#tokenTexts();
    return tokens.map((id) => ({ id, piece: texts.piece(id) }));
  }

  #detokenize({ tokens }: DetokenizeTask): string {
    return this.#tokenTexts().text(tokens.map((token) => this.#known(token, "tokens")));
  }

  #checkSize(parts: TokenizeTask["parts"]): void {
    const bytes = parts.reduce<number>(
      (sum, part) => sum + (typeof part === "string" ? Buffer.byteLength(part) : 0),
      0,
    );
    if (bytes > this.#limitBytes) {
      throw new WeirError(
        "invalid_value",
        `content has ${bytes} bytes: the limit for this model is ${this.#limitBytes}. Send it in parts.`,
        { param: "content" },
      );
    }
  }

  #known(token: number, param: string): number {
    if (token < this.#vocabularySize) return token;
    throw new WeirError(
      "invalid_value",
      `${param} has the token ${token}: this model's are 0 to ${this.#vocabularySize - 1}.`,
      { param },
    );
  }
}
