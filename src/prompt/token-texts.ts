import type { ModelHandle } from "../llama/addon.js";

/** The text of every token of a model, control tokens included. */
export class TokenTexts {
  readonly #pieces: ReturnType<ModelHandle["pieces"]>;
  readonly #controlTexts: ReadonlyMap<number, Uint8Array>;
  readonly #strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #lenient = new TextDecoder("utf-8", { ignoreBOM: true });

  constructor(model: ModelHandle) {
    this.#pieces = model.pieces();
    const { controlTokens, controlTexts } = this.#pieces;
    this.#controlTexts = new Map(
      Array.from(controlTokens, (token, index) => [token, Buffer.from(controlTexts[index] ?? "")]),
    );
  }

  /** The token's text, or its bytes where they are only part of a character. */
  piece(token: number): string | number[] {
    const bytes = this.#bytes(token);
    try {
      return this.#strict.decode(bytes);
    } catch {
      return Array.from(bytes);
    }
  }

  /** The text of all of them together; what is no UTF-8 becomes U+FFFD. */
  text(tokens: Iterable<number>): string {
    return this.#lenient.decode(Buffer.concat(Array.from(tokens, (token) => this.#bytes(token))));
  }

  #bytes(token: number): Uint8Array {
    const { bytes, ends } = this.#pieces;
    const start = token === 0 ? 0 : (ends[token - 1] ?? 0);
    return this.#controlTexts.get(token) ?? bytes.subarray(start, ends[token] ?? start);
  }
}
