import { PieceTable } from "../engine/detokenizer.js";
import type { ModelHandle } from "../llama/addon.js";

/** Tokens as text for those who ask about tokens: control tokens have their names, and half a character is shown as its bytes. */
export class TokenTexts {
  readonly #pieces: PieceTable;
  readonly #strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  constructor(model: ModelHandle) {
    this.#pieces = new PieceTable(model.pieces());
  }

  /** The token's text, or its bytes where they are only part of a character. */
  piece(token: number): string | number[] {
    const bytes = this.#pieces.nameBytes(token);
    try {
      return this.#strict.decode(bytes);
    } catch {
      return Array.from(bytes);
    }
  }

  /** The text of all of them together; what is no UTF-8 becomes U+FFFD. */
  text(tokens: Iterable<number>): string {
    return this.#pieces.decode(Buffer.concat(Array.from(tokens, (token) => this.#pieces.nameBytes(token))));
  }
}
