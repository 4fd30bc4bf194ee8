import { WeirError } from "../errors.js";
import type { ModelHandle, ModelInfo } from "../llama/addon.js";

/** Texts to tokens, within what a slot can hold: tokenizing megabytes takes seconds, in which nobody else is served. */
export class PromptTokenizer {
  readonly #model: ModelHandle;
  readonly #contextTokens: number;
  /** Longer text has more tokens than a slot holds, whatever it says. */
  readonly longestTextBytes: number;
  readonly model: ModelInfo;
  readonly #known = new Map<string, readonly number[]>();

  constructor(model: ModelHandle, contextTokens: number) {
    this.#model = model;
    this.#contextTokens = contextTokens;
    this.model = model.info();
    this.longestTextBytes = contextTokens * this.model.longestTokenBytes;
  }

  /**
   * As llama-server does: special tokens in the text are parsed, BOS is added where the model asks for it.
   *
   * @throws WeirError `context_length_exceeded`
   */
  tokenize(text: string, addSpecial = true): Int32Array {
    const bytes = Buffer.byteLength(text);
    if (bytes > this.longestTextBytes) {
      throw this.#tooLong(`the prompt has ${bytes} bytes, which are more tokens in any case: shorten it.`);
    }
    return this.#model.tokenize(text.toWellFormed(), addSpecial, true);
  }

  /** Of a short text that is asked for again and again, such as a tag. */
  tokensOf(text: string): readonly number[] {
    const known = this.#known.get(text) ?? Array.from(this.#model.tokenize(text, false, true));
    this.#known.set(text, known);
    return known;
  }

  /** Those of the texts that are one token. */
  singleTokens(texts: readonly string[]): number[] {
    return texts.flatMap((text) => {
      const tokens = text === "" ? [] : this.tokensOf(text);
      return tokens.length === 1 ? tokens : [];
    });
  }

  /**
   * Every message and every tool takes a token at least, and rendering them takes more than linear time.
   *
   * @throws WeirError `context_length_exceeded`
   */
  requireRoomFor(messages: number, tools: number): void {
    if (Math.max(messages, tools) > this.#contextTokens) {
      throw this.#tooLong(`there are ${messages} messages and ${tools} tools: send fewer.`);
    }
  }

  #tooLong(found: string): WeirError {
    return new WeirError(
      "context_length_exceeded",
      `This model's maximum context length is ${this.#contextTokens} tokens, but ${found}`,
    );
  }
}
